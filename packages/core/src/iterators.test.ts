import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { oneByOne } from "./iterators.ts";
import { spawn } from "./spawn.ts";
import { suspend } from "./suspend.ts";
import { yieldNow } from "./yield-now.ts";

test("one next after the other is taken for, whatever becomes of those before", async () => {
  await using _fake = new FakeRuntime();
  const begun: PromiseWithResolvers<number>[] = [];
  const values = oneByOne(async () => {
    const taken = Promise.withResolvers<number>();
    begun.push(taken);
    return { value: await taken.promise, done: false };
  });
  const asked = [values.next(), values.next(), values.next()];
  const failure = failureOf(asked[0] as Promise<unknown>);
  expect(begun.length).toBe(1);
  begun[0]?.reject("aborted");
  expect(await failure).toBe("aborted");
  await yieldNow();
  expect(begun.length).toBe(2);
  begun[1]?.resolve(1);
  expect(await asked[1]).toEqual({ value: 1, done: false });
  await yieldNow();
  begun[2]?.resolve(2);
  expect(await asked[2]).toEqual({ value: 2, done: false });
  void values.next();
  expect(begun.length).toBe(4);
});

test("a next in line is ended by an abort of its task, and holds nobody up", async () => {
  await using _fake = new FakeRuntime();
  let count = 0;
  const wakers: (() => void)[] = [];
  const values = oneByOne(async () => {
    await suspend<void>((waker) => void wakers.push(() => waker.wake()));
    return { value: count++, done: false };
  });
  const first = values.next();
  const second = spawn(() => values.next());
  await yieldNow();
  const third = values.next();
  const reason = new Error("no longer");
  second.abort(reason);
  expect(await failureOf(second)).toBe(reason);
  wakers[0]?.();
  expect(await first).toEqual({ value: 0, done: false });
  await yieldNow();
  wakers[1]?.();
  expect(await third).toEqual({ value: 1, done: false });
});
