import { expect, test } from "bun:test";
import { spawn } from "@bascule/core";
import { aborter, failureOf, isPending, quiet } from "../test/settled.ts";
import { SemaphoreClosedError } from "./errors.ts";
import { Semaphore } from "./semaphore.ts";

test("permits are held until they are released or disposed", async () => {
  const semaphore = new Semaphore(3);
  const two = await semaphore.acquire(2);
  {
    using one = await semaphore.acquire();
    expect([one.count, semaphore.available]).toEqual([1, 0]);
  }
  two.release();
  two.release();
  expect([two.count, semaphore.available]).toEqual([0, 3]);
});

test("requests are served in order: small ones do not starve a large one", async () => {
  const semaphore = new Semaphore(2);
  const held = await semaphore.acquire();
  const large = semaphore.acquire(2);
  const small = semaphore.acquire();
  expect(semaphore.tryAcquire()).toBeUndefined();
  expect(await isPending(Promise.race([large, small]))).toBe(true);
  expect([semaphore.available, semaphore.waiting]).toEqual([1, 2]);
  held.release();
  const granted = await large;
  expect(await isPending(small)).toBe(true);
  granted.release();
  expect((await small).count).toBe(1);
});

test("one release can serve several", async () => {
  const semaphore = new Semaphore(3);
  const held = await semaphore.acquire(3);
  const all = [semaphore.acquire(), semaphore.acquire(), semaphore.acquire()];
  held.release();
  expect((await Promise.all(all)).map((permit) => permit.count)).toEqual([1, 1, 1]);
});

test("an aborted acquire holds nothing, at whatever stage", async () => {
  const semaphore = new Semaphore(1);
  const held = await semaphore.acquire();
  const waiting = aborter();
  const granted = aborter();
  const lost = [
    semaphore.acquire({ signal: waiting.signal }),
    semaphore.acquire(1, { signal: granted.signal }),
  ];
  const next = semaphore.acquire();
  waiting.abort();
  held.release();
  granted.abort();
  expect(await Promise.all(lost.map(failureOf))).toEqual([waiting.reason, granted.reason]);
  (await next).release();
  expect(await failureOf(semaphore.acquire({ signal: granted.signal }))).toBe(granted.reason);
  expect([semaphore.available, semaphore.waiting]).toEqual([1, 0]);
});

test("an aborted large request lets those behind it go on", async () => {
  const semaphore = new Semaphore(2);
  using _held = await semaphore.acquire();
  const { signal, abort, reason } = aborter();
  const large = semaphore.acquire(2, { signal });
  const small = semaphore.acquire();
  abort();
  expect(await failureOf(large)).toBe(reason);
  expect((await small).count).toBe(1);
});

test("permits can be added, and forgotten", async () => {
  const semaphore = new Semaphore(0);
  const waiting = semaphore.acquire(2);
  semaphore.addPermits(1);
  expect(await isPending(waiting)).toBe(true);
  semaphore.addPermits(2);
  (await waiting).forget();
  expect(semaphore.available).toBe(1);
});

test("closing rejects everyone in line and everyone later; what is held stays valid", async () => {
  const semaphore = new Semaphore(1);
  const held = await semaphore.acquire();
  const granted = semaphore.acquire();
  held.release();
  const waiting = semaphore.acquire();
  semaphore.close();
  expect(await failureOf(waiting)).toBeInstanceOf(SemaphoreClosedError);
  expect(await failureOf(semaphore.acquire())).toMatchObject({
    code: "ERR_BASCULE_SEMAPHORE_CLOSED",
  });
  (await granted).release();
  expect([semaphore.isClosed, semaphore.tryAcquire()]).toEqual([true, undefined]);
});

test("at most so many tasks are inside, and all get there", async () => {
  const semaphore = new Semaphore(3);
  let inside = 0;
  let most = 0;
  let done = 0;
  const tasks = Array.from({ length: 50 }, () =>
    spawn(async () => {
      using _permit = await semaphore.acquire();
      most = Math.max(most, ++inside);
      await quiet();
      inside--;
      done++;
    }),
  );
  await Promise.all(tasks);
  expect([most, done, semaphore.available]).toEqual([3, 50, 3]);
});

test("numbers that make no sense are refused", () => {
  expect(() => new Semaphore(-1)).toThrow(RangeError);
  expect(() => new Semaphore(1).acquire(0)).toThrow(RangeError);
  expect(() => new Semaphore(1).acquire("2" as unknown as number)).toThrow(TypeError);
  expect(() => new Semaphore(1).tryAcquire(1.5)).toThrow(RangeError);
  expect(() => new Semaphore(1).addPermits(Number.NaN)).toThrow(RangeError);
});
