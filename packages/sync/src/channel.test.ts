import { expect, test } from "bun:test";
import { spawn } from "@bascule/core";
import { failureOf, isPending, quiet } from "../test/settled.ts";
import { channel } from "./channel.ts";
import { ChannelClosedError } from "./errors.ts";

test("messages come out in the order in which they went in", async () => {
  const [sender, receiver] = channel<number>(3);
  spawn(async () => {
    using tx = sender;
    for (let i = 0; i < 1000; i++) await tx.send(i);
  });
  let next = 0;
  for await (const message of receiver) expect(message).toBe(next++);
  expect(next).toBe(1000);
});

test("a full channel makes the sender wait until a message has been taken", async () => {
  const [sender, receiver] = channel<string>(1);
  await sender.send("first");
  const second = sender.send("second");
  expect(await isPending(second)).toBe(true);
  expect([sender.length, sender.capacity]).toEqual([1, 1]);
  expect(await receiver.recv()).toBe("first");
  await second;
  expect(await receiver.recv()).toBe("second");
});

test("an empty channel makes the receiver wait", async () => {
  const [sender, receiver] = channel<string>(1);
  const message = receiver.recv();
  expect(await isPending(message)).toBe(true);
  await sender.send("late");
  expect(await message).toBe("late");
});

test("waiting receivers are served in the order in which they came", async () => {
  const [sender, receiver] = channel<number>(8);
  const waiting = [receiver.recv(), receiver.recv(), receiver.recv()];
  for (const message of [1, 2, 3]) expect(sender.trySend(message)).toBe("sent");
  const late = receiver.recv();
  expect(receiver.tryRecv()).toBeUndefined();
  expect(await Promise.all(waiting)).toEqual([1, 2, 3]);
  expect(await isPending(late)).toBe(true);
  sender.trySend(4);
  expect(await late).toBe(4);
});

test("waiting senders get room in the order in which they came, and nobody overtakes", async () => {
  const [sender, receiver] = channel<string>(1);
  sender.trySend("a");
  const sends = [sender.send("b"), sender.send("c")];
  expect(receiver.tryRecv()).toBe("a");
  // The room is promised to "b" now, although it is not in yet.
  expect(sender.trySend("x")).toBe("full");
  sends.push(sender.send("d"));
  const got: (string | undefined)[] = [];
  for (let i = 0; i < 3; i++) got.push(await receiver.recv());
  await Promise.all(sends);
  expect(got).toEqual(["b", "c", "d"]);
});

test("trySend says whether the message is in, and never waits", () => {
  const [sender, receiver] = channel<number>(2);
  expect([1, 2, 3].map((message) => sender.trySend(message))).toEqual(["sent", "sent", "full"]);
  receiver.close();
  expect(sender.trySend(4)).toBe("closed");
  expect([receiver.tryRecv(), receiver.tryRecv(), receiver.tryRecv()]).toEqual([1, 2, undefined]);
});

test("recvMany waits for one message and takes what is there, up to its limit", async () => {
  const [sender, receiver] = channel<number>(8);
  const batch = receiver.recvMany(3);
  expect(await isPending(batch)).toBe(true);
  for (const message of [1, 2, 3, 4, 5]) sender.trySend(message);
  expect(await batch).toEqual([1, 2, 3]);
  expect(await receiver.recvMany(100)).toEqual([4, 5]);
  sender.close();
  expect(await receiver.recvMany(100)).toEqual([]);
});

test("recvMany leaves the messages that other receivers have been promised", async () => {
  const [sender, receiver] = channel<number>(8);
  const batch = receiver.recvMany(8);
  const single = receiver.recv();
  for (const message of [1, 2, 3]) sender.trySend(message);
  expect([await batch, await single]).toEqual([[1, 2], 3]);
});

test("in a closed channel recvMany takes what is left, even when more wait than that", async () => {
  const [sender, receiver] = channel<number>(8);
  const batches = [receiver.recvMany(8), receiver.recvMany(8), receiver.recvMany(8)];
  sender.trySend(1);
  sender.close();
  expect(await Promise.all(batches)).toEqual([[1], [], []]);
});

test("closing the last handle wakes every receiver with undefined", async () => {
  const [sender, receiver] = channel<number>(1);
  const other = sender.clone();
  const waiting = [receiver.recv(), receiver.recv()];
  sender.close();
  sender.close();
  expect(await isPending(Promise.race(waiting))).toBe(true);
  other.close();
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  expect(receiver.isClosed).toBe(true);
  expect(await receiver.recv()).toBeUndefined();
});

test("messages sent before the close are received, also those waiting for room", async () => {
  const [sender, receiver] = channel<number>(1);
  const sends = [sender.send(1), sender.send(2), sender.send(3)];
  sender.close();
  expect(await failureOf(sender.send(4))).toBeInstanceOf(ChannelClosedError);
  const got: number[] = [];
  for await (const message of receiver) got.push(message);
  await Promise.all(sends);
  expect(got).toEqual([1, 2, 3]);
});

test("closing the receiver fails waiting and later sends, and keeps what is there", async () => {
  const [sender, receiver] = channel<number>(1);
  sender.trySend(1);
  const waiting = sender.send(2);
  receiver.close();
  expect(await failureOf(waiting)).toBeInstanceOf(ChannelClosedError);
  expect(await failureOf(sender.send(3))).toMatchObject({ code: "ERR_BASCULE_CHANNEL_CLOSED" });
  expect(sender.isClosed).toBe(true);
  expect([await receiver.recv(), await receiver.recv()]).toEqual([1, undefined]);
});

test("a send that was promised room fails when the receiver closes before it is in", async () => {
  const [sender, receiver] = channel<number>(1);
  sender.trySend(1);
  const waiting = sender.send(2);
  receiver.tryRecv();
  receiver.close();
  expect(await failureOf(waiting)).toBeInstanceOf(ChannelClosedError);
  expect(await receiver.recv()).toBeUndefined();
});

test("disposing the receiver drops what is there", async () => {
  const [sender, receiver] = channel<number>(4);
  sender.trySend(1);
  {
    using rx = receiver;
    expect(rx.length).toBe(1);
  }
  expect([receiver.length, sender.trySend(2)]).toEqual([0, "closed"]);
  expect(await receiver.recv()).toBeUndefined();
});

test("undefined is a message like any other when iterating", async () => {
  const [sender, receiver] = channel<undefined>(2);
  await sender.send(undefined);
  await sender.send(undefined);
  sender.close();
  let count = 0;
  for await (const message of receiver) count += message === undefined ? 1 : 0;
  expect(count).toBe(2);
});

test("leaving the loop closes nothing", async () => {
  const [sender, receiver] = channel<number>(2);
  sender.trySend(1);
  for await (const _message of receiver) break;
  expect(sender.trySend(2)).toBe("sent");
  expect(await receiver.recv()).toBe(2);
});

test("a channel that is always ready does not keep other tasks from running", async () => {
  const [sender, receiver] = channel<number>(1_000_000);
  for (let i = 0; i < 10_000; i++) sender.trySend(i);
  sender.close();
  let received = 0;
  const greedy = spawn(async () => {
    for await (const _message of receiver) received++;
  });
  await spawn(() => quiet());
  expect(received).toBeGreaterThan(0);
  expect(received).toBeLessThan(2000);
  await greedy;
  expect(received).toBe(10_000);
});

test("a capacity or batch size that makes no sense is refused", () => {
  for (const capacity of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => channel(capacity)).toThrow(RangeError);
  }
  expect(() => channel("8" as unknown as number)).toThrow(TypeError);
  expect(() => channel(1)[1].recvMany(0)).toThrow(
    'Cannot use a batch size of "0": pass a whole number, 1 or more',
  );
});

test("a closed handle cannot be cloned", () => {
  const [sender] = channel<number>(1);
  sender.close();
  expect(() => sender.clone()).toThrow(ChannelClosedError);
});
