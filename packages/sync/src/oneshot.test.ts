import { expect, test } from "bun:test";
import { spawn } from "@bascule/core";
import { aborter, failureOf, isPending, quiet } from "../test/settled.ts";
import { ChannelClosedError } from "./errors.ts";
import { oneshot } from "./oneshot.ts";

test("the value of the first send arrives, and later sends do nothing", async () => {
  const [sender, value] = oneshot<number>();
  expect(await isPending(value)).toBe(true);
  expect([sender.send(1), sender.send(2), sender.isClosed]).toEqual([true, false, true]);
  expect(await value).toBe(1);
});

test("undefined is a value", async () => {
  const [sender, value] = oneshot<undefined>();
  sender.send(undefined);
  expect(await value).toBeUndefined();
});

test("closing without a value rejects, closing after one does not", async () => {
  const [dropped, nothing] = oneshot<number>();
  dropped.close();
  expect(await failureOf(nothing)).toBeInstanceOf(ChannelClosedError);
  expect(dropped.send(1)).toBe(false);
  const [used, something] = oneshot<number>();
  {
    using sender = used;
    sender.send(1);
  }
  expect(await something).toBe(1);
});

test("a sender learns that the receiver has given up", async () => {
  const { signal, abort, reason } = aborter();
  const [sender, value] = oneshot<number>({ signal });
  expect(sender.isClosed).toBe(false);
  abort();
  expect([sender.isClosed, sender.send(1)]).toEqual([true, false]);
  expect(await failureOf(value)).toBe(reason);
});

test("an abort between send and delivery wins", async () => {
  const { signal, abort, reason } = aborter();
  const [sender, value] = oneshot<number>({ signal });
  sender.send(1);
  abort();
  expect(await failureOf(value)).toBe(reason);
});

test("a promise that nobody looks at is not an unhandled rejection", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", note);
  oneshot<number>()[0].close();
  await quiet();
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  await promise;
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

test("it carries an answer from one task to another", async () => {
  const [reply, answer] = oneshot<string>();
  spawn(() => reply.send("yes"));
  expect(await spawn(() => answer)).toBe("yes");
});
