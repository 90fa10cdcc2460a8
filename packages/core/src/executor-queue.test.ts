import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { Runtime } from "./runtime.ts";
import { spawn } from "./spawn.ts";
import { suspend, type Waker } from "./suspend.ts";
import { yieldNow } from "./yield-now.ts";

test("a task that is woken just before its poll stands in the queue once", async () => {
  await using _fake = new FakeRuntime();
  const { executor } = Runtime.current().loop;
  const wakers: Waker[] = [];
  let readyMax = 0;
  const waker = spawn(async () => {
    for (let round = 0; round < 50; round++) {
      for (const each of wakers.splice(0)) each.wake();
      readyMax = Math.max(readyMax, executor.readyCount);
      await yieldNow();
    }
  });
  const woken = spawn(async () => {
    const waits: Promise<void>[] = [];
    while (!waker.isFinished) {
      // Two that are ready, and one that the other task wakes while this one is about to go on.
      waits.push(suspend<void>((each) => void wakers.push(each)));
      await Promise.all([yieldNow(), yieldNow()]);
    }
    for (const each of wakers.splice(0)) each.wake();
    await Promise.all(waits);
  });
  await waker;
  await woken;
  expect(readyMax).toBeLessThanOrEqual(3);
});
