import { expect, test } from "bun:test";
import { spawn } from "@bascule/core";
import { aborter, failureOf, isPending, quiet } from "../test/settled.ts";
import { channel } from "./channel.ts";
import { unboundedChannel } from "./unbounded-channel.ts";

test("an aborted recv rejects with the reason and loses no message", async () => {
  const [sender, receiver] = channel<number>(2);
  const { signal, abort, reason } = aborter();
  const lost = receiver.recv({ signal });
  await quiet();
  abort();
  expect(await failureOf(lost)).toBe(reason);
  sender.trySend(1);
  expect(await receiver.recv()).toBe(1);
});

test("a recv aborted between wake-up and delivery leaves the message in the channel", async () => {
  const [sender, receiver] = channel<number>(2);
  const { signal, abort, reason } = aborter();
  const lost = receiver.recv({ signal });
  sender.trySend(1);
  abort();
  expect(await failureOf(lost)).toBe(reason);
  expect([receiver.length, await receiver.recv()]).toEqual([1, 1]);
});

test("the wake-up of an aborted recv goes to the next in line", async () => {
  const [sender, receiver] = unboundedChannel<number>();
  const { signal, abort, reason } = aborter();
  const lost = receiver.recv({ signal });
  const next = receiver.recvMany(4);
  sender.send(1);
  abort();
  expect(await failureOf(lost)).toBe(reason);
  expect(await next).toEqual([1]);
});

test("a signal that is aborted before the call takes nothing", async () => {
  const [sender, receiver] = channel<number>(1);
  sender.trySend(1);
  const { signal, abort, reason } = aborter();
  abort();
  expect(await failureOf(receiver.recv({ signal }))).toBe(reason);
  expect(await failureOf(receiver.recvMany(1, { signal }))).toBe(reason);
  receiver.tryRecv();
  expect(await failureOf(sender.send(2, { signal }))).toBe(reason);
  expect(receiver.length).toBe(0);
});

test("the message of an aborted send is not in the channel", async () => {
  const [sender, receiver] = channel<number>(1);
  sender.trySend(1);
  const { signal, abort, reason } = aborter();
  const lost = sender.send(2, { signal });
  const kept = sender.send(3);
  await quiet();
  abort();
  expect(await failureOf(lost)).toBe(reason);
  expect([await receiver.recv(), await receiver.recv()]).toEqual([1, 3]);
  await kept;
});

test("a send aborted after it was promised room passes the room on", async () => {
  const [sender, receiver] = channel<number>(1);
  sender.trySend(1);
  const { signal, abort, reason } = aborter();
  const lost = sender.send(2, { signal });
  const kept = sender.send(3);
  receiver.tryRecv();
  abort();
  expect(await failureOf(lost)).toBe(reason);
  await kept;
  expect(receiver.tryRecv()).toBe(3);
});

test("aborting the last send of a closed handle ends the channel", async () => {
  const [sender, receiver] = channel<number>(1);
  sender.trySend(1);
  const { signal, abort, reason } = aborter();
  const lost = sender.send(2, { signal });
  sender.close();
  abort();
  expect(await failureOf(lost)).toBe(reason);
  expect([await receiver.recv(), await receiver.recv()]).toEqual([1, undefined]);
});

test("aborting a task rejects its recv, and the message stays for others", async () => {
  const [sender, receiver] = channel<number>(1);
  const task = spawn(() => receiver.recv());
  await quiet();
  sender.trySend(1);
  task.abort("enough");
  expect(await failureOf(task)).toBe("enough");
  expect(await receiver.recv()).toBe(1);
});

test("a task that is aborted takes nothing any more, even what is there", async () => {
  const [sender, receiver] = channel<number>(2);
  const failures: unknown[] = [];
  const task = spawn(async () => {
    failures.push(await failureOf(receiver.recv()));
    sender.trySend(1);
    failures.push(await failureOf(receiver.recv()));
    failures.push(await failureOf(sender.send(2)));
  });
  await quiet();
  task.abort("enough");
  await task[Symbol.asyncDispose]();
  expect(failures).toEqual(["enough", "enough", "enough"]);
  expect(receiver.length).toBe(1);
});

test("an abort after delivery changes nothing", async () => {
  const [sender, receiver] = channel<number>(1);
  const { signal, abort } = aborter();
  const message = receiver.recv({ signal });
  sender.trySend(1);
  await quiet();
  abort();
  expect(await message).toBe(1);
  expect(await isPending(receiver.recv())).toBe(true);
});
