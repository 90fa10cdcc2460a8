import { expect, test } from "bun:test";
import { spawn } from "@bascule/core";
import { aborter, failureOf, quiet } from "../test/settled.ts";
import { broadcast } from "./broadcast.ts";
import { channel } from "./channel.ts";
import { select } from "./select.ts";
import { watch } from "./watch.ts";

/** Runs a loop in a task of its own, and aborts that with what comes for it already there. */
async function abortLoop(
  values: AsyncIterable<unknown>,
  arrive: () => unknown,
): Promise<unknown[]> {
  const seen: unknown[] = [];
  const task = spawn(async () => {
    for await (const value of values) seen.push(value);
  });
  await quiet();
  arrive();
  task.abort("enough");
  expect(await failureOf(task)).toBe("enough");
  return seen;
}

test("an aborted loop over a channel leaves the message that had woken it", async () => {
  const [sender, receiver] = channel<number>(2);
  expect(await abortLoop(receiver, () => sender.trySend(1))).toEqual([]);
  expect(receiver.tryRecv()).toBe(1);
});

test("an aborted loop over a broadcast leaves the message that had woken it", async () => {
  const sender = broadcast<number>(2);
  const receiver = sender.subscribe();
  expect(await abortLoop(receiver, () => sender.send(1))).toEqual([]);
  expect(await receiver.recv()).toBe(1);
});

test("an aborted loop over a watch leaves the change that had woken it", async () => {
  const sender = watch(0);
  const receiver = sender.subscribe();
  expect(await abortLoop(receiver, () => sender.send(1))).toEqual([0]);
  expect(await receiver.changed()).toBe(true);
  expect(receiver.value).toBe(1);
});

test("an iterator goes on after a wait of it has lost a select", async () => {
  const [sender, receiver] = channel<number>(2);
  const everybody = broadcast<number>(2);
  const state = watch(0);
  const iterators = [receiver, everybody.subscribe(), state.subscribe()].map((values) =>
    values[Symbol.asyncIterator](),
  );
  expect(await iterators[2]?.next()).toEqual({ value: 0, done: false });
  for (const iterator of iterators) {
    const got = await select({ value: () => iterator.next(), other: () => quiet() });
    expect(got.key).toBe("other");
  }
  sender.trySend(1);
  everybody.send(1);
  state.send(1);
  for (const iterator of iterators) {
    for await (const value of iterator) {
      expect(value).toBe(1);
      break;
    }
  }
  state.close();
  expect((await iterators[2]?.next())?.done).toBe(true);
});

test("several that ask the iterator of a watch at once are told of each value once", async () => {
  const state = watch(0);
  const values = state.subscribe()[Symbol.asyncIterator]();
  const asked = [values.next(), values.next(), values.next()];
  await quiet();
  state.send(1);
  expect(await Promise.all(asked.slice(0, 2))).toEqual([
    { value: 0, done: false },
    { value: 1, done: false },
  ]);
  await quiet();
  state.send(2);
  expect(await asked[2]).toEqual({ value: 2, done: false });
});

test("an aborted recvMany takes no message, woken or not", async () => {
  const [sender, receiver] = channel<number>(4);
  for (const isWoken of [false, true]) {
    const { signal, abort, reason } = aborter();
    const lost = receiver.recvMany(3, { signal });
    await quiet();
    if (isWoken) sender.trySend(1);
    abort();
    expect(await failureOf(lost)).toBe(reason);
  }
  sender.trySend(2);
  expect(await receiver.recvMany(3)).toEqual([1, 2]);
});
