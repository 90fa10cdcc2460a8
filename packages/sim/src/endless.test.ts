import { expect, test } from "bun:test";
import { blockOn, sleep, spawn, suspend, yieldNow } from "@bascule/core";
import { simulate, SimulationError, SimulationStuckError } from "./index.ts";

async function stuckOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof SimulationError)) throw error;
  expect(error.cause).toBeInstanceOf(SimulationStuckError);
  return error.message;
}

test("roundsMax stops a program that waits for nothing but has an interval", async () => {
  const run = simulate({ faults: "none", roundsMax: 1000 }, async () => {
    setInterval(() => undefined, 1000);
    await suspend<void>(() => undefined);
  });
  expect(await stuckOf(run)).toContain("has not ended after 1000 rounds");
});

test("roundsMax stops a block that never ends, who ever catches the error", async () => {
  const run = simulate({ faults: "none", roundsMax: 1000 }, () => {
    try {
      blockOn(async () => {
        for (;;) await yieldNow();
      });
    } catch {
      return "caught";
    }
    return "ended";
  });
  expect(await stuckOf(run)).toContain("has not ended after 1000 rounds");
});

test("what goes on during a block takes as many rounds as during an await", async () => {
  for (const wait of [() => sleep(600), () => blockOn(() => sleep(600))]) {
    let ticks = 0;
    await simulate({ faults: "none", roundsMax: 1300 }, async () => {
      setInterval(() => ticks++, 1);
      await wait();
    });
    expect(ticks).toBeGreaterThan(590);
  }
});

test("a block may take many polls, and time passes and the others go on meanwhile", async () => {
  const log = await simulate({ faults: "none", hosts: ["a"] }, (world) => {
    const seen: string[] = [];
    let running = 2;
    const end = (name: string) => async (): Promise<void> => {
      await sleep(1);
      seen.push(name);
      running--;
    };
    world.host("a").spawn(end("on another host"));
    spawn(end("beside"));
    blockOn(async () => {
      while (running > 0) await yieldNow();
    });
    return seen.toSorted();
  });
  expect(log).toEqual(["beside", "on another host"]);
});

test("a host that crashes while it blocks lets the world go on", async () => {
  const log: string[] = [];
  await simulate({ faults: "none", hosts: ["a"] }, async (world) => {
    world.host("a").spawn(() => {
      log.push("blocks");
      try {
        blockOn(() => sleep(1000));
      } catch {
        log.push("does no more");
      }
    });
    await sleep(10);
    world.crash("a");
    await sleep(10);
    log.push(`at ${Math.floor(world.nowMs)} ms`);
  });
  expect(log).toEqual(["blocks", "does no more", "at 20 ms"]);
});

test("a host restarted after a crash in a block goes on in the block of another", async () => {
  const log: string[] = [];
  await simulate({ faults: "none", hosts: ["a"] }, async (world) => {
    const host = world.host("a");
    host.spawn(() => blockOn(() => sleep(1000)));
    await sleep(10);
    world.crash("a");
    world.restart("a");
    host.spawn(async () => {
      await sleep(1);
      log.push("new life");
    });
    blockOn(() => sleep(100));
    log.push("end of the block");
  });
  expect(log).toEqual(["new life", "end of the block"]);
});

test("a block that a crash cut off does not end with one of the next life", async () => {
  await simulate({ faults: "none", hosts: ["a"] }, async (world) => {
    const host = world.host("a");
    host.spawn(() => blockOn(() => sleep(1000)));
    await sleep(10);
    world.crash("a");
    world.restart("a");
    await sleep(10);
    expect(host.isBlocked).toBe(false);
    host.spawn(() => blockOn(() => sleep(20)));
    await sleep(10);
    expect(host.isBlocked).toBe(true);
    await sleep(20);
    expect(host.isBlocked).toBe(false);
  });
});
