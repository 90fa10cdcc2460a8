import { expect, test } from "bun:test";
import { blockOn, Runtime, sleep } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";
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

test("hosts that block at once have one stack, and are told so", async () => {
  const error = await failureOf(
    simulate({ faults: "none", hosts: ["server", "client"] }, async (world) => {
      world.host("server").spawn(() => {
        blockOn(async () => {
          await using listener = await TcpListener.bind({ hostname: "server", port: 5 });
          await using conn = await listener.accept();
          await conn.write("welcome");
        });
      });
      await sleep(1);
      await world.host("client").run(() => {
        blockOn(async () => {
          await using conn = await TcpStream.connect({ hostname: "server", port: 5 });
          await conn.read();
        });
      });
    }),
  );
  expect(String(error)).toContain("hosts that are in blockOn at once (server, client)");
});

test("a deadlock inside a block is found where the driver has a world of its own", async () => {
  await using runtime = Runtime.create({ driver: createDriver() });
  const blocked = runtime.spawn(async () => {
    await using listener = await TcpListener.bind({ port: 0 });
    blockOn(() => listener.accept());
  });
  expect(await failureOf(blocked)).toBeInstanceOf(SimulationStuckError);
});
