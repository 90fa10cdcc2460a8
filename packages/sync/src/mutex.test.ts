import { expect, test } from "bun:test";
import { spawn, yieldNow } from "@bascule/core";
import { aborter, failureOf, quiet } from "../test/settled.ts";
import { ReleasedError } from "./errors.ts";
import { Mutex } from "./mutex.ts";

test("one task at a time: increments across awaits are not lost", async () => {
  const counter = new Mutex(0);
  const tasks = Array.from({ length: 20 }, () =>
    spawn(async () => {
      for (let i = 0; i < 50; i++) {
        using guard = await counter.lock();
        const before = guard.value;
        await yieldNow();
        guard.value = before + 1;
      }
    }),
  );
  await Promise.all(tasks);
  expect((await counter.lock()).value).toBe(1000);
});

test("the lock is passed on in the order of asking, and nobody slips in", async () => {
  const mutex = new Mutex();
  const held = await mutex.lock();
  const order: string[] = [];
  const waiting = ["b", "c"].map(async (name) => {
    using _guard = await mutex.lock();
    order.push(name);
  });
  expect(mutex.waiting).toBe(2);
  held.release();
  // The lock belongs to "b" from here on, although "b" does not know yet.
  expect([mutex.isLocked, mutex.tryLock()]).toEqual([true, undefined]);
  const late = mutex.lock().then((guard) => {
    order.push("late");
    guard.release();
  });
  await Promise.all([...waiting, late]);
  expect(order).toEqual(["b", "c", "late"]);
  expect(mutex.isLocked).toBe(false);
});

test("a holder that locks again at once does not keep others out", async () => {
  const mutex = new Mutex();
  let laps = 0;
  const greedy = spawn(async () => {
    for (; laps < 1000; laps++) {
      using _guard = await mutex.lock();
      await yieldNow();
    }
  });
  await quiet();
  using guard = await mutex.lock();
  expect(guard).toBeDefined();
  expect(laps).toBeLessThan(20);
  guard.release();
  await greedy;
});

test("an aborted lock holds nothing; one that was passed on already goes to the next", async () => {
  const mutex = new Mutex("value");
  const held = await mutex.lock();
  const waiting = aborter();
  const granted = aborter();
  const lost = [mutex.lock({ signal: waiting.signal }), mutex.lock({ signal: granted.signal })];
  const next = mutex.lock();
  waiting.abort();
  held.release();
  granted.abort();
  expect(await Promise.all(lost.map(failureOf))).toEqual([waiting.reason, granted.reason]);
  using guard = await next;
  expect(guard.value).toBe("value");
  expect(await failureOf(mutex.lock({ signal: granted.signal }))).toBe(granted.reason);
});

test("a task that is aborted inside gives the lock back through its guard", async () => {
  const mutex = new Mutex();
  const task = spawn(async () => {
    using _guard = await mutex.lock();
    for (;;) await yieldNow();
  });
  await quiet();
  expect(mutex.isLocked).toBe(true);
  await task[Symbol.asyncDispose]();
  expect(mutex.isLocked).toBe(false);
});

test("a guard is of no use after its release, and releasing twice is harmless", async () => {
  const mutex = new Mutex(1);
  const guard = await mutex.lock();
  guard.release();
  const other = await mutex.lock();
  guard.release();
  expect(mutex.isLocked).toBe(true);
  expect(() => guard.value).toThrow(ReleasedError);
  expect(() => {
    guard.value = 2;
  }).toThrow("Cannot use the value: the lock was released");
  expect(other.value).toBe(1);
});

test("a mutex may protect nothing", () => {
  const guard = new Mutex().tryLock();
  expect(guard?.value).toBeUndefined();
});
