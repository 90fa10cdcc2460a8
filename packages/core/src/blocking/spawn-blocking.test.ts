import { expect, test } from "bun:test";
import { sum } from "../../test/blocking-work.ts";
import { FakeRuntime } from "../../test/fake-driver.ts";
import { failureOf } from "../../test/settled.ts";
import { sleep } from "../sleep.ts";
import { blockOn } from "../spawn.ts";
import { registerBlocking } from "./blocking-function.ts";
import { movedResult } from "./moved-result.ts";
import { spawnBlocking } from "./spawn-blocking.ts";

test("a job is a task, with a name, whose result arrives in both ways to run", async () => {
  await using fake = new FakeRuntime();
  const values = new Float64Array([1, 2, 3.5]);
  const handle = spawnBlocking(sum, [values], { name: "adding" });
  expect(handle.name).toBe("adding");
  expect(await handle).toBe(6.5);
  expect(blockOn(() => spawnBlocking(sum, [values]))).toBe(6.5);
  expect(fake.runtime.metrics()).toMatchObject({
    tasks: { live: 0 },
    blockingJobs: { workers: 1, running: 0, queued: 0 },
  });
});

test("no thread is started before the first job, nor left by a shutdown", async () => {
  const fake = new FakeRuntime();
  const { runtime } = fake;
  await sleep(1);
  expect(runtime.metrics().blockingJobs.workers).toBe(0);
  await spawnBlocking(sum, [new Float64Array(1)]);
  expect(runtime.metrics().blockingJobs.workers).toBe(1);
  await fake[Symbol.asyncDispose]();
  expect(runtime.metrics().blockingJobs.workers).toBe(0);
});

test("an abort before the first poll means that nothing is started", async () => {
  await using fake = new FakeRuntime();
  const handle = spawnBlocking(sum, [new Float64Array(1)]);
  handle.abort("no more");
  expect(await failureOf(handle)).toBe("no more");
  expect(fake.runtime.metrics().blockingJobs).toEqual({ workers: 0, running: 0, queued: 0 });
});

test("what was moved comes back when the task is refused", async () => {
  await using fake = new FakeRuntime();
  const values = new Float64Array([1, 2]);
  const { promise: reclaimed, resolve: reclaim } = Promise.withResolvers<readonly ArrayBuffer[]>();
  const priority = "urgent" as "high";
  const transfer = [values.buffer];
  expect(() => spawnBlocking(sum, [values], { transfer, reclaim, priority })).toThrow(TypeError);
  expect((await reclaimed).map((buffer) => buffer.byteLength)).toEqual([16]);
  expect(fake.runtime.metrics().blockingJobs.queued).toBe(0);
});

test("a driver that other threads cannot unpark refuses", async () => {
  await using fake = new FakeRuntime();
  Object.assign(fake.driver, { remoteUnpark: undefined });
  expect(() => spawnBlocking(sum, [new Float64Array(1)])).toThrow(
    'Cannot run blocking jobs on driver "fake": other threads cannot unpark it',
  );
});

test("numbers that make no sense are refused by name", () => {
  for (const blocking of [{ workersMax: 0 }, { queueMax: -1 }, { idleMs: Number.NaN }]) {
    const [name] = Object.keys(blocking);
    expect(() => new FakeRuntime({ blocking })).toThrow(`blocking.${name}`);
  }
});

test("what has no name or no buffer is refused where it is registered or moved", () => {
  expect(() => registerBlocking(() => 1, import.meta.url)).toThrow("pass a function with a name");
  expect(() => registerBlocking(sum, "./relative.ts")).toThrow("whole URL");
  expect(() => movedResult({})).toThrow("name its buffers");
});
