import { expect, test } from "bun:test";
import { spawn, spendBudget, yieldNow } from "@bascule/core";
import { aborter, failureOf, isPending, quiet } from "../test/settled.ts";
import { ChannelClosedError } from "./errors.ts";
import { watch } from "./watch.ts";

test("a receiver sees the newest value and is told of changes once", async () => {
  const sender = watch(1);
  const receiver = sender.subscribe();
  expect([receiver.value, receiver.hasChanged]).toEqual([1, false]);
  sender.send(2);
  sender.send(3);
  expect([receiver.value, receiver.hasChanged]).toEqual([3, true]);
  expect(await receiver.changed()).toBe(true);
  expect(receiver.hasChanged).toBe(false);
  expect(await isPending(receiver.changed())).toBe(true);
});

test("a change wakes everybody who waits", async () => {
  const sender = watch("a");
  const one = sender.subscribe();
  const waiting = [one.changed(), one.changed(), sender.subscribe().changed()];
  expect(await isPending(Promise.race(waiting))).toBe(true);
  sender.update((value) => `${value}b`);
  expect(await Promise.all(waiting)).toEqual([true, true, true]);
  expect([sender.value, one.hasChanged]).toEqual(["ab", false]);
});

test("closing is told after the last value has been seen", async () => {
  const sender = watch(1);
  const behind = sender.subscribe();
  const current = sender.subscribe();
  sender.send(2);
  await current.changed();
  const waiting = current.changed();
  sender.close();
  expect(await waiting).toBe(false);
  expect([await behind.changed(), await behind.changed()]).toEqual([true, false]);
  expect([behind.value, behind.isClosed, sender.isClosed]).toEqual([2, true, true]);
  expect(() => sender.send(3)).toThrow(ChannelClosedError);
});

test("an aborted changed marks nothing as seen", async () => {
  const sender = watch(1);
  const receiver = sender.subscribe();
  const { signal, abort, reason } = aborter();
  const lost = receiver.changed({ signal });
  sender.send(2);
  abort();
  expect(await failureOf(lost)).toBe(reason);
  expect(receiver.hasChanged).toBe(true);
  expect(await failureOf(receiver.changed({ signal }))).toBe(reason);
  expect(await receiver.changed()).toBe(true);
});

test("an abort before a change leaves the line", async () => {
  const sender = watch(1);
  const receiver = sender.subscribe();
  const { signal, abort, reason } = aborter();
  const lost = receiver.changed({ signal });
  const kept = receiver.changed();
  abort();
  expect(sender.waiting).toBe(1);
  sender.send(2);
  expect(await failureOf(lost)).toBe(reason);
  expect(await kept).toBe(true);
});

test("waitFor resolves with the first value that fits, the present one included", async () => {
  const sender = watch(1);
  const receiver = sender.subscribe();
  expect(await receiver.waitFor((value) => value === 1)).toBe(1);
  const even = receiver.waitFor((value) => value % 2 === 0);
  sender.send(3);
  expect(await isPending(even)).toBe(true);
  sender.send(4);
  expect(await even).toBe(4);
  const never = receiver.waitFor((value) => value > 100);
  sender.close();
  expect(await failureOf(never)).toBeInstanceOf(ChannelClosedError);
});

test("a waitFor that is aborted or fails marks nothing as seen", async () => {
  const sender = watch("a");
  const receiver = sender.subscribe();
  sender.send("b");
  const controller = new AbortController();
  const waiting = receiver.waitFor((value) => value === "ready", { signal: controller.signal });
  await yieldNow();
  sender.send("c");
  await yieldNow();
  controller.abort("enough");
  expect(await failureOf(waiting)).toBe("enough");
  expect(receiver.hasChanged).toBe(true);
  const broken = receiver.waitFor(() => {
    throw new Error("no opinion");
  });
  expect(await failureOf(broken)).toEqual(new Error("no opinion"));
  expect([await receiver.changed(), receiver.value]).toEqual([true, "c"]);
  sender.close();
  expect(await failureOf(receiver.waitFor((value) => value === "ready"))).toBeInstanceOf(
    ChannelClosedError,
  );
});

test("waitFor is aborted by its signal, at any time, and by its task", async () => {
  const receiver = watch(1).subscribe();
  const { signal, abort, reason } = aborter();
  const lost = receiver.waitFor((value) => value === 2, { signal });
  await quiet();
  abort();
  expect(await failureOf(lost)).toBe(reason);
  expect(await failureOf(receiver.waitFor(() => true, { signal }))).toBe(reason);
  const task = spawn(async () => {
    await failureOf(receiver.changed());
    return receiver.waitFor(() => true);
  });
  await quiet();
  task.abort("enough");
  expect(await failureOf(task)).toBe("enough");
});

test("a waitFor that takes its turn for want of budget is aborted meanwhile", async () => {
  const receiver = watch(1).subscribe();
  const { signal, abort, reason } = aborter();
  const task = spawn(() => {
    while (spendBudget());
    const waiting = receiver.waitFor(() => true, { signal });
    abort();
    return waiting;
  });
  expect(await failureOf(task)).toBe(reason);
});

test("what the predicate throws reaches the caller", async () => {
  const receiver = watch(1).subscribe();
  const broken = new Error("broken");
  const failing = receiver.waitFor(() => {
    throw broken;
  });
  expect(await failureOf(failing)).toBe(broken);
});

test("iterating yields the present value, then the newest after each change", async () => {
  const sender = watch(1);
  const seen: number[] = [];
  const reading = spawn(async () => {
    for await (const value of sender.subscribe()) seen.push(value);
  });
  await quiet();
  sender.send(2);
  sender.send(3);
  await quiet();
  {
    using closing = sender;
    closing.send(4);
  }
  await reading;
  expect(seen).toEqual([1, 3, 4]);
});
