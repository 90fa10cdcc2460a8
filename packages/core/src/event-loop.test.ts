import { expect, test } from "bun:test";
import { FakeDriver } from "../test/fake-driver.ts";
import { EventLoop, POLLS_PER_TURN } from "./event-loop.ts";
import type { Timer } from "./timers.ts";
import { spendBudget } from "./wait.ts";
import { yieldNow } from "./yield-now.ts";

/** A driver that always has something to look at, so that each of its turns counts. */
class BusyDriver extends FakeDriver {
  override mayProgress(): boolean {
    return true;
  }
}

function makeLoop(): EventLoop {
  return new EventLoop(new BusyDriver(), { schedule: () => undefined });
}

function alwaysReady(loop: EventLoop, work: () => void): void {
  const task = loop.executor.spawn(
    async () => {
      for (;;) {
        work();
        await yieldNow();
      }
    },
    "always ready",
    "normal",
    null,
  );
  task.failureSeen = true;
}

function burnMillis(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

test("a flood of ready tasks does not keep the driver from its turn", () => {
  const loop = makeLoop();
  for (let i = 0; i < 1000; i++) alwaysReady(loop, () => undefined);
  for (let round = 1; round <= 20; round++) {
    loop.round(0);
    expect(loop.driver.counters.turns).toBe(round);
    expect(loop.executor.counters.polls).toBeLessThanOrEqual(round * POLLS_PER_TURN);
  }
});

test("polls that take long are fewer between two turns: time bounds them too", () => {
  const loop = makeLoop();
  alwaysReady(loop, () => burnMillis(0.3));
  loop.round(0);
  // The first round learns that polls are slow here; a millisecond has room for four.
  expect(loop.executor.counters.polls).toBeLessThanOrEqual(32);
  for (let round = 0; round < 5; round++) {
    const before = loop.executor.counters.polls;
    loop.round(0);
    expect(loop.executor.counters.polls - before).toBeLessThanOrEqual(4);
  }
});

test("a thousand timers beside an always-ready task fire in the round they fall into", () => {
  const loop = makeLoop();
  alwaysReady(loop, () => {
    while (spendBudget());
  });
  const startMs = performance.now();
  let fired = 0;
  for (let i = 0; i < 1000; i++) {
    const timer: Timer = {
      deadlineMs: startMs + (i % 100) / 10,
      heapIndex: -1,
      sequence: 0,
      referenced: true,
      fire: () => void fired++,
    };
    loop.timers.arm(timer);
  }
  while (fired < 1000) {
    const beforeMs = performance.now();
    const polls = loop.executor.counters.polls;
    loop.round(0);
    expect(loop.timers.nextDeadlineMs).toBeGreaterThan(beforeMs);
    expect(loop.executor.counters.polls - polls).toBeLessThanOrEqual(POLLS_PER_TURN);
  }
});
