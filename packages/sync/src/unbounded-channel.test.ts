import { expect, test } from "bun:test";
import { failureOf } from "../test/settled.ts";
import { ChannelClosedError } from "./errors.ts";
import { unboundedChannel } from "./unbounded-channel.ts";

test("a send never waits, and messages come out in order", async () => {
  const [sender, receiver] = unboundedChannel<number>();
  for (let i = 0; i < 10_000; i++) sender.send(i);
  expect(sender.length).toBe(10_000);
  sender.close();
  let next = 0;
  for await (const message of receiver) expect(message).toBe(next++);
  expect(next).toBe(10_000);
});

test("it ends when every handle is closed, and refuses what comes later", async () => {
  const [sender, receiver] = unboundedChannel<number>();
  {
    using other = sender.clone();
    other.send(1);
    sender.close();
    expect(() => sender.send(2)).toThrow(ChannelClosedError);
    expect(() => sender.clone()).toThrow(ChannelClosedError);
    expect(sender.trySend(2)).toBe("closed");
    expect(other.trySend(3)).toBe("sent");
  }
  expect(await receiver.recvMany(8)).toEqual([1, 3]);
  expect(await receiver.recv()).toBeUndefined();
});

test("a closed receiver refuses messages", async () => {
  const [sender, receiver] = unboundedChannel<number>();
  const waiting = receiver.recv();
  receiver.close();
  expect(await waiting).toBeUndefined();
  expect(sender.isClosed).toBe(true);
  expect(String(await failureOf((async () => sender.send(1))()))).toBe(
    "ChannelClosedError: Cannot send a message: the channel is closed",
  );
});
