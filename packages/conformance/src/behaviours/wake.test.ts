import { expect, test } from "bun:test";
import { Worker } from "node:worker_threads";
import { Runtime, sleep, spawn } from "@bascule/core";
import { eventually } from "@bascule/test-support";
import { connectPair } from "../support/transports.ts";

/** A thread that writes a 1 into an eventfd, `afterMs` after it was told which. */
async function wakingThread(wakeFd: number, afterMs: number): Promise<Worker> {
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    const { writeSync } = require("node:fs");
    const one = new Uint8Array(8);
    one[0] = 1;
    parentPort.once("message", () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, workerData.afterMs);
      writeSync(workerData.wakeFd, one);
    });
    parentPort.postMessage("ready");`;
  const worker = new Worker(code, { eval: true, workerData: { wakeFd, afterMs } });
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", reject);
  });
  return worker;
}

test("another thread ends a turn that blocks in the kernel", async () => {
  const { driver } = Runtime.current();
  const worker = await wakingThread(driver.wakeFd, 20);
  worker.postMessage("go");
  const startMs = performance.now();
  expect(driver.turn(5000)).toBe(1);
  const tookMs = performance.now() - startMs;
  expect(tookMs).toBeGreaterThan(10);
  expect(tookMs).toBeLessThan(2000);
  await worker.terminate();
});

test("another thread wakes a runtime that sleeps inside Bun's loop", async () => {
  const { driver } = Runtime.current();
  await using pair = await connectPair();
  const controller = new AbortController();
  const reading = pair.server.read({ signal: controller.signal }).catch((error: unknown) => error);
  const worker = await wakingThread(driver.wakeFd, 0);
  const { turns } = driver.counters;
  worker.postMessage("go");
  expect(await eventually(() => driver.counters.turns > turns, 2000)).toBe(true);
  controller.abort("done");
  expect(await reading).toBe("done");
  await worker.terminate();
});

test("a wake-up before the sleep is not lost", () => {
  const { driver } = Runtime.current();
  driver.unpark();
  // One that was lost would have ended it with nothing, when its time was over.
  expect(driver.turn(2000)).toBe(1);
});

test("many wake-ups at once are one", () => {
  const { driver } = Runtime.current();
  for (let i = 0; i < 100; i++) driver.unpark();
  expect(driver.turn(1000)).toBe(1);
  expect(driver.turn(0)).toBe(0);
});

test("I/O, timers and wake-ups each end the sleep they belong to", async () => {
  await using pair = await connectPair();
  const log: string[] = [];
  const reader = spawn(async () => {
    await pair.server.readExactly(1);
    log.push("read");
  });
  await sleep(3);
  log.push("slept");
  await pair.client.write("x");
  await reader;
  expect(log).toEqual(["slept", "read"]);
});
