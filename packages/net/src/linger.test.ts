import { expect, test } from "bun:test";
import { Runtime, spawn, yieldNow } from "@bascule/core";
import { heedSignal, linger, lingerOf } from "./linger.ts";

const NEVER_MS = 60_000;

test("a wait for what is to be sent ends when that has been", async () => {
  let done: (() => void) | null = null;
  const waiting = linger(
    Runtime.current(),
    lingerOf({ lingerMs: NEVER_MS }),
    (tell) => (done = tell),
  );
  await yieldNow();
  (done as (() => void) | null)?.();
  await waiting;
});

test("a wait for what is to be sent ends when time is up", async () => {
  await linger(Runtime.current(), lingerOf({ lingerMs: 1 }), () => undefined);
});

test("a wait for what is to be sent ends by its signal, aborted before or meanwhile", async () => {
  const runtime = Runtime.current();
  const signal = AbortSignal.abort();
  await linger(runtime, { lingerMs: NEVER_MS, signal }, () => undefined);
  const controller = new AbortController();
  const options = { lingerMs: NEVER_MS, signal: controller.signal };
  const waiting = linger(runtime, options, () => undefined);
  await yieldNow();
  controller.abort();
  await waiting;
});

test("a wait for what is to be sent goes on when its task is aborted", async () => {
  let done: (() => void) | null = null;
  let isOver = false;
  const task = spawn(async () => {
    const tell = (end: () => void): void => void (done = end);
    await linger(Runtime.current(), lingerOf({ lingerMs: NEVER_MS }), tell);
    isOver = true;
  });
  await yieldNow();
  task.abort("stop");
  await yieldNow();
  expect(isOver).toBe(false);
  (done as (() => void) | null)?.();
  await task;
});

test("a later call's signal is heard until the close is over, however it ends", async () => {
  for (const end of ["resolve", "reject"] as const) {
    const closing = Promise.withResolvers<void>();
    const controller = new AbortController();
    const { signal } = controller;
    let cuts = 0;
    const cut = (): void => void cuts++;
    heedSignal({ lingerMs: NEVER_MS, signal: undefined }, closing.promise, cut);
    heedSignal({ lingerMs: NEVER_MS, signal }, closing.promise, cut);
    heedSignal({ lingerMs: NEVER_MS, signal: AbortSignal.abort() }, closing.promise, cut);
    expect(cuts).toBe(1);
    closing[end]();
    await closing.promise.catch(() => undefined);
    await yieldNow();
    controller.abort();
    expect(cuts).toBe(1);
  }
});
