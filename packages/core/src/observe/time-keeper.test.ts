import { expect, test } from "bun:test";
import { ExecutorProbe } from "../../test/executor-probe.ts";
import type { Task } from "../task.ts";
import { waitClock } from "../wait.ts";
import { TimeKeeper } from "./time-keeper.ts";

/** A keeper whose measurement began at 0, and tasks to tell it of. */
class Bench implements Disposable {
  readonly keeper: TimeKeeper = new TimeKeeper();
  readonly startMs: number = this.keeper.sinceMs;
  readonly #probe: ExecutorProbe = new ExecutorProbe();

  task(): Task {
    return this.#probe.spawn(() => undefined);
  }

  poll(task: Task, fromMs: number, toMs: number): void {
    this.keeper.pollStarted(task, this.startMs + fromMs);
    this.keeper.pollEnded(task, this.startMs + toMs);
  }

  [Symbol.dispose](): void {
    this.keeper.detached();
  }
}

test("polls add up, and the longest is kept", () => {
  using bench = new Bench();
  const task = bench.task();
  for (const [from, to] of [
    [10, 13],
    [20, 27],
    [30, 31],
  ] as const) {
    bench.poll(task, from, to);
  }
  expect(task.times?.busyMs).toBeCloseTo(11);
  expect(task.times?.pollMsMax).toBeCloseTo(7);
  const { pollsMs, polls } = bench.keeper.read(bench.startMs + 40);
  expect(pollsMs).toBeCloseTo(11);
  expect(polls.counts.reduce((sum, count) => sum + count, 0)).toBe(3);
});

test("a poll is not charged for the polls that its blockOn nests in it", () => {
  using bench = new Bench();
  const [outer, inner] = [bench.task(), bench.task()];
  const { keeper, startMs } = bench;
  keeper.pollStarted(outer, startMs + 1);
  keeper.turnStarted(5, startMs + 3);
  keeper.turnEnded(5, 1, startMs + 10);
  bench.poll(inner, 11, 15);
  keeper.pollEnded(outer, startMs + 16);
  expect(inner.times?.busyMs).toBeCloseTo(4);
  // 1 to 3, 10 to 11, and 15 to 16.
  expect(outer.times?.busyMs).toBeCloseTo(4);
  const { pollsMs, waitsMs } = keeper.read(startMs + 20);
  expect([pollsMs, waitsMs].map(Math.round)).toEqual([8, 7]);
});

test("the time in the run queue is told from the time asleep, and self-wakes are counted", () => {
  using bench = new Bench();
  const task = bench.task();
  const { keeper, startMs } = bench;
  keeper.turnStarted(0, startMs + 2);
  keeper.operationCompleted({} as never, 0, false, startMs + 3);
  keeper.taskWoken(task, false);
  keeper.turnEnded(0, 1, startMs + 4);
  bench.poll(task, 9, 10);
  expect(task.times?.scheduledMs).toBeCloseTo(6);
  keeper.taskWoken(task, true);
  expect(task.times?.selfWakes).toBe(1);
  const { turnsMs, scheduled } = keeper.read(startMs + 20);
  expect(Math.round(turnsMs)).toBe(2);
  expect(scheduled.sumMs).toBeCloseTo(6);
});

test("a task that wakes itself stands in the run queue only when its poll has ended", () => {
  using bench = new Bench();
  const [task, inner] = [bench.task(), bench.task()];
  const { keeper, startMs } = bench;
  keeper.taskSpawned(task, startMs + 1);
  keeper.turnStarted(0, startMs + 1);
  keeper.operationCompleted({} as never, 0, false, startMs + 2);
  keeper.pollStarted(task, startMs + 2);
  keeper.taskWoken(task, true);
  // It calls blockOn: 5 to 9 it does not run itself.
  bench.poll(inner, 5, 9);
  keeper.pollEnded(task, startMs + 10);
  bench.poll(task, 13, 14);
  expect(task.times?.busyMs).toBeCloseTo(5);
  // 5 to 9, and 10 to 13.
  expect(task.times?.scheduledMs).toBeCloseTo(7);
});

test("time in Bun's loop counts while it lasts", () => {
  using bench = new Bench();
  const { keeper, startMs } = bench;
  keeper.parked(startMs + 5);
  expect(Math.round(keeper.read(startMs + 8).parkedMs)).toBe(3);
  keeper.awoken(startMs + 9);
  expect(Math.round(keeper.read(startMs + 30).parkedMs)).toBe(4);
});

test("a measurement that begins in the middle of a poll ignores its end", () => {
  using bench = new Bench();
  const task = bench.task();
  bench.keeper.pollEnded(task, bench.startMs + 5);
  expect(task.times).toBeNull();
});

test("waits note when they began only while somebody measures", () => {
  const before = waitClock.users;
  {
    using _bench = new Bench();
    expect(waitClock.users).toBe(before + 1);
  }
  expect(waitClock.users).toBe(before);
});
