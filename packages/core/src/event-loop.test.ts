import { expect, test } from "bun:test";
import { FakeDriver } from "../test/fake-driver.ts";
import { Source } from "../test/signal-wait.ts";
import { EventLoop, type Flushable, POLLS_PER_TURN } from "./event-loop.ts";
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

/** Time passes only when a task computes. */
class VirtualDriver extends BusyDriver {
  readonly clock: { nowMs: number; now(): number } = {
    nowMs: 0,
    now() {
      return this.nowMs;
    },
  };
}

/** A thousand tasks, each of which notes how late after its deadline it went on. */
function sleepers(loop: EventLoop, lateMs: number[]): void {
  for (let i = 0; i < 1000; i++) {
    const source = new Source();
    const deadlineMs = loop.clock.now() + i / 10;
    const task = loop.executor.spawn(
      async () => {
        await source.wait().promise;
        lateMs.push(loop.clock.now() - deadlineMs);
      },
      "sleeper",
      "normal",
      null,
    );
    task.failureSeen = true;
    const fire = (): void => source.put(1);
    loop.timers.arm({ deadlineMs, heapIndex: -1, sequence: 0, referenced: true, fire });
  }
}

test.each([0.01, 0.05, 0.3, 1])(
  "a thousand timers are on time beside a task that computes for %p ms in each poll",
  (pollMs) => {
    const driver = new VirtualDriver();
    const loop = new EventLoop(driver, { schedule: () => undefined });
    alwaysReady(loop, () => void (driver.clock.nowMs += pollMs));
    // It learns how long polls take here.
    loop.round(0);
    const lateMs: number[] = [];
    sleepers(loop, lateMs);
    while (lateMs.length < 1000) loop.round(0);
    lateMs.sort((left, right) => left - right);
    // A round lasts for 1 ms and what goes before the next look at the clock: one slow poll, or 16
    // fast ones. A task that is woken then lets the busy one go first, once.
    const beforeLookMs = pollMs > 0.02 ? pollMs : 16 * pollMs;
    expect(lateMs.at(-1)).toBeLessThanOrEqual(1 + beforeLookMs + pollMs + 0.001);
    expect(lateMs[990]).toBeLessThan(5);
  },
);

test("beside a task that burns its budget, timers fire in the round they fall into", () => {
  const loop = makeLoop();
  alwaysReady(loop, () => {
    while (spendBudget());
  });
  const lateMs: number[] = [];
  sleepers(loop, lateMs);
  while (lateMs.length < 1000) {
    const beforeMs = performance.now();
    const { polls } = loop.executor.counters;
    loop.round(0);
    expect(loop.timers.nextDeadlineMs).toBeGreaterThan(beforeMs);
    expect(loop.executor.counters.polls - polls).toBeLessThanOrEqual(POLLS_PER_TURN);
  }
});

test("what a round's polls gather is flushed in that round, before the driver's turn", () => {
  const loop = makeLoop();
  const turnsSeen: number[] = [];
  const flushable = { flush: () => void turnsSeen.push(loop.driver.counters.turns) };
  alwaysReady(loop, () => loop.flushLater(flushable));
  for (let round = 0; round < 3; round++) loop.round(0);
  expect([...new Set(turnsSeen)]).toEqual([0, 1, 2]);
});

test("a flush that fails is thrown after the others' and the driver's turn", () => {
  const loop = makeLoop();
  const flushed: string[] = [];
  const flushable = (name: string): Flushable => ({ flush: () => void flushed.push(name) });
  const failing = {
    flush: () => {
      throw new Error("flush");
    },
  };
  for (const each of [flushable("before"), failing, flushable("behind")]) loop.flushLater(each);
  expect(() => loop.round(0)).toThrow("flush");
  expect(flushed).toEqual(["before", "behind"]);
  expect(loop.driver.counters.turns).toBe(1);
  expect(() => loop.round(0)).not.toThrow();
  expect(flushed.length).toBe(2);
  for (const each of [failing, failing]) loop.flushLater(each);
  expect(() => loop.round(0)).toThrow(AggregateError);
  // A turn that fails itself is thrown first.
  loop.flushLater(failing);
  loop.driver.turn = () => {
    throw new Error("turn");
  };
  expect(() => loop.round(0)).toThrow("turn");
  loop.driver.turn = () => 0;
  expect(() => loop.round(0)).toThrow("flush");
});
