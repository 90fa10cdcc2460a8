import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { yieldNow } from "./yield-now.ts";

test("it never wakes early, and fractions of a millisecond count", async () => {
  await using _fake = new FakeRuntime();
  for (const ms of [0, 0.1, 0.25, 1.5, 3]) {
    const startMs = performance.now();
    await sleep(ms);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(ms);
  }
});

test("sleepers wake in the order of their deadlines", async () => {
  await using _fake = new FakeRuntime();
  const order: number[] = [];
  const waits = [60, 20, 40, 30, 0].map(async (ms) => {
    await sleep(ms);
    order.push(ms);
  });
  await Promise.all(waits);
  expect(order).toEqual([0, 20, 30, 40, 60]);
});

test.each([Number.NaN, -1, -Number.MIN_VALUE])("%p milliseconds are refused", async (ms) => {
  await using _fake = new FakeRuntime();
  expect(() => sleep(ms)).toThrow(
    new RangeError(`Cannot sleep for "${ms}" ms: pass a number of milliseconds, 0 or more`),
  );
});

test("an endless sleep ends by its signal, and leaves no timer", async () => {
  await using fake = new FakeRuntime();
  const controller = new AbortController();
  const sleeping = sleep(Number.POSITIVE_INFINITY, { signal: controller.signal });
  expect(fake.runtime.metrics().timers.armed).toBe(1);
  controller.abort("up");
  expect(await failureOf(sleeping)).toBe("up");
  expect(fake.runtime.metrics().timers.armed).toBe(0);
});

test("a signal that is aborted already arms no timer", async () => {
  await using fake = new FakeRuntime();
  const sleeping = sleep(1000, { signal: AbortSignal.abort("before") });
  expect(fake.runtime.metrics().timers.armed).toBe(0);
  expect(await failureOf(sleeping)).toBe("before");
});

test("a thousand sleeps that are all aborted leave nothing armed", async () => {
  await using fake = new FakeRuntime();
  const tasks = Array.from({ length: 1000 }, (_, i) => spawn(() => sleep(1000 + i)));
  await yieldNow();
  expect(fake.runtime.metrics().timers.armed).toBe(1000);
  for (const task of tasks) task.abort("enough");
  for (const task of tasks) expect(await failureOf(task)).toBe("enough");
  expect(fake.runtime.metrics().timers.armed).toBe(0);
});
