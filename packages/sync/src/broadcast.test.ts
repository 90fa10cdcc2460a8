import { expect, test } from "bun:test";
import { spawn } from "@bascule/core";
import { aborter, failureOf, isPending } from "../test/settled.ts";
import { broadcast, BroadcastReceiver } from "./broadcast.ts";
import { BroadcastState, Cursor } from "./broadcast-state.ts";
import { ChannelClosedError, LaggedError } from "./errors.ts";

test("every receiver gets every message that was sent after it subscribed", async () => {
  const sender = broadcast<number>(4);
  expect(sender.send(0)).toBe(0);
  const early = sender.subscribe();
  expect(sender.send(1)).toBe(1);
  const late = sender.subscribe();
  expect(sender.send(2)).toBe(2);
  expect([early.tryRecv(), early.tryRecv(), early.tryRecv()]).toEqual([1, 2, undefined]);
  expect([await late.recv(), late.length, early.length]).toEqual([2, 0, 0]);
  expect(await isPending(late.recv())).toBe(true);
});

test("all waiting receivers are woken", async () => {
  const sender = broadcast<string>(1);
  const receivers = Array.from({ length: 5 }, () => sender.subscribe());
  const waiting = receivers.map((receiver) => receiver.recv());
  sender.send("now");
  expect(await Promise.all(waiting)).toEqual(Array.from({ length: 5 }, () => "now"));
});

test("a receiver that lags is told how many it missed, once, and goes on", async () => {
  const sender = broadcast<number>(3);
  const receiver = sender.subscribe();
  for (let i = 1; i <= 8; i++) sender.send(i);
  expect(receiver.length).toBe(8);
  const error = await failureOf(receiver.recv());
  expect(error).toBeInstanceOf(LaggedError);
  expect(error).toMatchObject({ missed: 5, code: "ERR_BASCULE_LAGGED" });
  expect([await receiver.recv(), receiver.tryRecv(), await receiver.recv()]).toEqual([6, 7, 8]);
});

test("waits of one receiver share messages and gaps in the order in which they came", async () => {
  const sender = broadcast<number>(2);
  const receiver = sender.subscribe();
  const waiting = Array.from({ length: 4 }, () => receiver.recv());
  for (let i = 1; i <= 4; i++) sender.send(i);
  expect(await failureOf(waiting[0] as Promise<number>)).toMatchObject({ missed: 2 });
  expect(await Promise.all(waiting.slice(1, 3))).toEqual([3, 4]);
  expect(await isPending(waiting[3] as Promise<number>)).toBe(true);
  sender.send(5);
  expect(await waiting[3]).toBe(5);
});

test("iterating throws at a gap, and a new loop goes on behind it", async () => {
  const sender = broadcast<number>(2);
  const receiver = sender.subscribe();
  for (let i = 1; i <= 3; i++) sender.send(i);
  sender.close();
  const collect = async (): Promise<number[]> => {
    const got: number[] = [];
    for await (const message of receiver) got.push(message);
    return got;
  };
  expect(await failureOf(collect())).toBeInstanceOf(LaggedError);
  expect(await collect()).toEqual([2, 3]);
});

test("closing lets receivers have what is left, then the end; later sends throw", async () => {
  const sender = broadcast<number>(4);
  const receiver = sender.subscribe();
  const idle = sender.subscribe();
  sender.send(1);
  idle.tryRecv();
  const waiting = idle.recv();
  sender.close();
  expect(await waiting).toBeUndefined();
  expect([await receiver.recv(), await receiver.recv()]).toEqual([1, undefined]);
  expect(() => sender.send(2)).toThrow(ChannelClosedError);
  expect(await sender.subscribe().recv()).toBeUndefined();
});

test("a closed receiver leaves: it counts no longer and its waits end", async () => {
  const sender = broadcast<number>(4);
  const receiver = sender.subscribe();
  const waiting = [receiver.recv(), receiver.recv()];
  receiver.close();
  receiver.close();
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  expect([sender.send(1), sender.receiverCount, receiver.tryRecv()]).toEqual([0, 0, undefined]);
});

test("resubscribe begins at the next message", async () => {
  const sender = broadcast<number>(4);
  using first = sender.subscribe();
  sender.send(1);
  using second = first.resubscribe();
  sender.send(2);
  expect([first.tryRecv(), second.tryRecv()]).toEqual([1, 2]);
});

test("an aborted recv takes neither a message nor the news of a gap", async () => {
  const sender = broadcast<number>(2);
  const receiver = sender.subscribe();
  const first = aborter();
  const lost = receiver.recv({ signal: first.signal });
  const next = receiver.recv();
  for (let i = 1; i <= 3; i++) sender.send(i);
  first.abort();
  expect(await failureOf(lost)).toBe(first.reason);
  expect(await failureOf(next)).toMatchObject({ missed: 1 });
  const second = aborter();
  second.abort();
  expect(await failureOf(receiver.recv({ signal: second.signal }))).toBe(second.reason);
  expect([await receiver.recv(), await receiver.recv()]).toEqual([2, 3]);
});

test("a message is dropped as soon as everybody has it", async () => {
  const sender = broadcast<object>(8);
  const receivers = [sender.subscribe(), sender.subscribe(), sender.subscribe()];
  const collected = Promise.withResolvers<void>();
  const registry = new FinalizationRegistry(() => collected.resolve());
  (() => {
    const message = { large: "message" };
    registry.register(message, undefined);
    sender.send(message);
  })();
  receivers[0]?.tryRecv();
  await receivers[1]?.recv();
  receivers[2]?.close();
  const finished = spawn(() => collected.promise);
  while (!finished.isFinished) {
    Bun.gc(true);
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await promise;
  }
  expect(sender.receiverCount).toBe(2);
}, 5000);

test("a capacity that makes no sense is refused", () => {
  expect(() => broadcast(0)).toThrow(RangeError);
});

test("a receiver that gave up waiting and left is held by nobody", async () => {
  const state = new BroadcastState<number>(1);
  async function come(): Promise<WeakRef<object>> {
    const cursor = new Cursor(state);
    const receiver = new BroadcastReceiver(cursor);
    const controller = new AbortController();
    const waiting = receiver.recv({ signal: controller.signal }).catch(() => undefined);
    controller.abort();
    await waiting;
    receiver.close();
    return new WeakRef(cursor);
  }
  const left = await Promise.all(Array.from({ length: 10 }, come));
  while (left.every((reference) => reference.deref() !== undefined)) {
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await promise;
    Bun.gc(true);
  }
  expect(state.cursors.size).toBe(0);
}, 5000);
