import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { JoinSet } from "./join-set.ts";
import { sleep } from "./sleep.ts";
import { suspend } from "./suspend.ts";
import { yieldNow } from "./yield-now.ts";

test("results come in the order in which the tasks end", async () => {
  await using _fake = new FakeRuntime();
  await using set = new JoinSet<number>();
  for (const ms of [60, 10, 30]) set.spawn(() => sleep(ms).then(() => ms));
  expect(set.size).toBe(3);
  const order: number[] = [];
  for await (const ms of set) order.push(ms);
  expect([order, set.size]).toEqual([[10, 30, 60], 0]);
});

test("a failure is thrown once, and the iteration can go on behind it", async () => {
  await using _fake = new FakeRuntime();
  await using set = new JoinSet<string>();
  set.spawn(() => Promise.reject(new Error("broken")));
  set.spawn(() => sleep(1).then(() => "whole"));
  expect(String(await failureOf(set.next()))).toBe("Error: broken");
  expect(await set.next()).toEqual({ done: false, value: "whole" });
  expect(await set.next()).toEqual({ done: true, value: undefined });
});

test("an aborted next takes nothing: the result comes out of the following one", async () => {
  await using _fake = new FakeRuntime();
  await using set = new JoinSet<string>();
  const controller = new AbortController();
  const lost = set.next({ signal: controller.signal });
  expect(await lost).toEqual({ done: true, value: undefined });
  set.spawn(() => sleep(1).then(() => "kept"));
  const aborted = set.next({ signal: controller.signal });
  controller.abort("impatient");
  expect(await failureOf(aborted)).toBe("impatient");
  expect(await set.next()).toEqual({ done: false, value: "kept" });
});

test("several waiters share the results, and all of them hear that the set is empty", async () => {
  await using _fake = new FakeRuntime();
  await using set = new JoinSet<number>();
  set.spawn(() => sleep(1).then(() => 1));
  const answers = await Promise.all([set.next(), set.next(), set.next()]);
  expect(answers.filter((answer) => answer.done !== true)).toEqual([{ done: false, value: 1 }]);
});

test("disposing aborts what runs, waits for it and drops the rest", async () => {
  await using fake = new FakeRuntime();
  const log: string[] = [];
  {
    await using set = new JoinSet<void>();
    set.spawn(async () => {
      try {
        await suspend<void>(() => undefined);
      } finally {
        log.push("cleaned");
      }
    });
    await yieldNow();
  }
  expect(log).toEqual(["cleaned"]);
  expect(fake.runtime.metrics().tasks.live).toBe(0);
});
