import { expect, test } from "bun:test";
import { Worker } from "node:worker_threads";
import { Recorder, writeText } from "@bascule/test-support";
import { Bench } from "../test/harness.ts";

const LIMIT_MS = 5000;

test("unpark before a turn ends that turn at once", () => {
  using bench = new Bench();
  bench.driver.unpark();
  bench.driver.unpark();
  expect(bench.driver.turn(Infinity)).toBe(1);
  expect(bench.driver.turn(0)).toBe(0);
});

test("another thread ends a turn that waits for ever", async () => {
  using bench = new Bench();
  const request = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("../test/unpark-worker.ts", import.meta.url), {
    workerData: { wakeFd: bench.driver.wakeFd, request },
  });
  await new Promise((resolve) => worker.once("message", resolve));
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  for (let round = 1; round <= 200; round++) {
    Atomics.store(request, 0, round);
    Atomics.notify(request, 0);
    expect(bench.driver.turn(LIMIT_MS)).toBe(1);
  }
  Atomics.store(request, 0, -1);
  Atomics.notify(request, 0);
  await ended;
});

test("a turn waits no longer than it was told, and fractions of a millisecond count", () => {
  using bench = new Bench();
  const waits: number[] = [];
  for (let round = 0; round < 20; round++) {
    const started = performance.now();
    expect(bench.driver.turn(0.25)).toBe(0);
    waits.push(performance.now() - started);
  }
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(0.25);
  expect(Math.min(...waits)).toBeLessThan(0.9);
});

test("a turn with something to deliver does not wait", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  writeText(theirs, "now");
  bench.receive(ours, received);
  const started = performance.now();
  expect(bench.driver.turn(LIMIT_MS)).toBe(1);
  expect(performance.now() - started).toBeLessThan(LIMIT_MS / 2);
});

test("a turn that only registers goes on to wait for the event", () => {
  using bench = new Bench();
  const { ours } = bench.pair();
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  const started = performance.now();
  expect(bench.driver.turn(20.5)).toBe(0);
  expect(performance.now() - started).toBeGreaterThanOrEqual(20);
});
