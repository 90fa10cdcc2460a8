import { expect, test } from "bun:test";
import { spawn } from "@bascule/core";
import { aborter, failureOf, isPending, quiet } from "../test/settled.ts";
import { Notify } from "./notify.ts";

test("notifyOne wakes the first in line only", async () => {
  const notify = new Notify();
  const first = notify.notified();
  const second = notify.notified();
  notify.notifyOne();
  await first;
  expect(await isPending(second)).toBe(true);
  expect(notify.waiting).toBe(1);
});

test("a notification with nobody waiting is kept, several as one", async () => {
  const notify = new Notify();
  notify.notifyOne();
  notify.notifyOne();
  await notify.notified();
  expect(await isPending(notify.notified())).toBe(true);
});

test("notifyAll wakes everyone who is in line and keeps nothing", async () => {
  const notify = new Notify();
  const waiting = [notify.notified(), notify.notified(), notify.notified()];
  notify.notifyAll();
  const late = notify.notified();
  await Promise.all(waiting);
  expect(await isPending(late)).toBe(true);
});

test("a notification whose wait is aborted before delivery goes to the next in line", async () => {
  const notify = new Notify();
  const { signal, abort, reason } = aborter();
  const lost = notify.notified({ signal });
  const next = notify.notified();
  notify.notifyOne();
  abort();
  expect(await failureOf(lost)).toBe(reason);
  await next;
});

test("with nobody next in line it is kept", async () => {
  const notify = new Notify();
  const { signal, abort, reason } = aborter();
  const lost = notify.notified({ signal });
  notify.notifyOne();
  abort();
  expect(await failureOf(lost)).toBe(reason);
  await notify.notified();
});

test("an abort after notifyAll, or while waiting, passes nothing on", async () => {
  const notify = new Notify();
  const one = aborter();
  const two = aborter();
  const all = notify.notified({ signal: one.signal });
  notify.notifyAll();
  one.abort();
  const waiting = notify.notified({ signal: two.signal });
  two.abort();
  expect(await failureOf(all)).toBe(one.reason);
  expect(await failureOf(waiting)).toBe(two.reason);
  expect(await isPending(notify.notified())).toBe(true);
});

test("a wait that is aborted before the call leaves what was kept", async () => {
  const notify = new Notify();
  notify.notifyOne();
  const { signal, abort, reason } = aborter();
  abort();
  expect(await failureOf(notify.notified({ signal }))).toBe(reason);
  await notify.notified();
});

test("a kept notification wakes one wait only, also when the task's budget is spent", async () => {
  const notify = new Notify();
  await spawn(async () => {
    for (let spent = 120; spent < 136; spent++) {
      for (let i = 0; i < spent; i++) {
        notify.notifyOne();
        await notify.notified();
      }
      notify.notifyOne();
      const { signal, abort, reason } = aborter();
      const first = notify.notified();
      const second = notify.notified({ signal });
      await first;
      expect(await isPending(second)).toBe(true);
      abort();
      expect(await failureOf(second)).toBe(reason);
    }
  });
});

test("kept notifications that a task takes at once do not keep others from running", async () => {
  const notify = new Notify();
  let rounds = 0;
  const greedy = spawn(async () => {
    for (; rounds < 5000; rounds++) {
      notify.notifyOne();
      await notify.notified();
    }
  });
  expect(await spawn(() => rounds)).toBeLessThan(500);
  await greedy;
});

test("a wait that is used again remembers nothing of its last use", async () => {
  const notify = new Notify();
  const first = notify.notified();
  notify.notifyOne();
  await first;
  const other = new Notify();
  const task = spawn(() => other.notified());
  await quiet();
  expect([notify.waiting, other.waiting]).toEqual([0, 1]);
  other.notifyAll();
  task.abort("enough");
  expect(await failureOf(task)).toBe("enough");
  expect(await isPending(other.notified())).toBe(true);
  expect(await isPending(notify.notified())).toBe(true);
});
