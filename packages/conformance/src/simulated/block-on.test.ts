import { expect, test } from "bun:test";
import { blockOn, Runtime } from "@bascule/core";
import { TcpListener } from "@bascule/net";
import { createDriver, simulate, type SimulationError, SimulationStuckError } from "@bascule/sim";
import { failureOf } from "../support/failure.ts";

test("a deadlock inside a block is the world's failure, who ever catches it", async () => {
  const error = await failureOf(
    simulate({ faults: "none" }, async () => {
      await using listener = await TcpListener.bind({ port: 5 });
      try {
        blockOn(() => listener.accept());
      } catch {
        return "caught";
      }
      return "accepted";
    }),
  );
  expect((error as SimulationError).cause).toBeInstanceOf(SimulationStuckError);
  expect(String(error)).toContain('"blockOn" on world');
});

test("a deadlock inside a block is found where the driver has a world of its own", async () => {
  await using runtime = Runtime.create({ driver: createDriver() });
  const blocked = runtime.spawn(async () => {
    await using listener = await TcpListener.bind({ port: 0 });
    blockOn(() => listener.accept());
  });
  expect(await failureOf(blocked)).toBeInstanceOf(SimulationStuckError);
});
