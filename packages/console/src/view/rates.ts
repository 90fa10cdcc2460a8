import type { RuntimeSnapshot, TaskSnapshot } from "@bascule/core";
import type { ConsoleReport } from "../report.ts";

/** What happened in a second, between two reports. */
export interface LoopRates {
  readonly spawned: number;
  readonly polls: number;
  readonly wakes: number;
  readonly submitted: number;
  readonly completed: number;
  readonly cancelled: number;
  readonly systemCalls: number;
  readonly waits: number;
  /** Shares of the time between, from 0 to 1; null while times are not measured. */
  readonly shares: { polls: number; turns: number; waits: number; parked: number } | null;
}

/** Of one task, between two reports. */
export interface TaskRates {
  /** Shares of the time between, from 0 to 1. */
  readonly busy: number;
  readonly scheduled: number;
  readonly polls: number;
}

/**
 * The rates of a runtime since the report before; since its beginning when there is none. Runtimes
 * are told apart by their place in the list and their driver.
 */
export function loopRates(now: ConsoleReport, before: ConsoleReport | null, at: number): LoopRates {
  const { current, earlier, seconds } = compared(now, before, at);
  const per = (read: (snapshot: RuntimeSnapshot) => number): number =>
    (read(current) - (earlier === null ? 0 : read(earlier))) / seconds;
  return {
    spawned: per(({ metrics }) => metrics.tasks.spawned),
    polls: per(({ metrics }) => metrics.polls),
    wakes: per(({ metrics }) => metrics.wakes),
    submitted: per(({ metrics }) => metrics.operations.submitted),
    completed: per(({ metrics }) => metrics.operations.completed + metrics.operations.partial),
    cancelled: per(({ metrics }) => metrics.operations.cancelled),
    systemCalls: per(({ metrics }) => metrics.systemCalls),
    waits: per(({ metrics }) => metrics.waits),
    shares: sharesOf(current, earlier),
  };
}

/** The rates of every task of a runtime, by the task's id. */
export function taskRates(
  now: ConsoleReport,
  before: ConsoleReport | null,
  at: number,
): Map<number, TaskRates> {
  const { current, earlier, seconds } = compared(now, before, at);
  const earlierTasks = new Map(earlier?.tasks.map((task) => [task.id, task]));
  return new Map(
    current.tasks.map((task) => [task.id, ratesOf(task, earlierTasks.get(task.id), seconds)]),
  );
}

interface Compared {
  readonly current: RuntimeSnapshot;
  readonly earlier: RuntimeSnapshot | null;
  readonly seconds: number;
}

function compared(now: ConsoleReport, before: ConsoleReport | null, at: number): Compared {
  const current = now.runtimes[at];
  if (current === undefined) throw new RangeError(`There is no runtime ${at} in the report`);
  const candidate = before?.runtimes[at];
  const isSame =
    candidate !== undefined &&
    candidate.driver === current.driver &&
    candidate.metrics.tasks.spawned <= current.metrics.tasks.spawned;
  const earlier = isSame ? candidate : null;
  const sinceMs = earlier === null ? 0 : earlier.takenAtMs;
  return { current, earlier, seconds: Math.max(current.takenAtMs - sinceMs, 1) / 1000 };
}

function ratesOf(task: TaskSnapshot, before: TaskSnapshot | undefined, seconds: number): TaskRates {
  const { polls, times } = task;
  const earlier = before?.times ?? null;
  // A measurement that began anew counts from its own beginning.
  const isContinued = earlier !== null && times !== null && earlier.totalMs <= times.totalMs;
  const base = isContinued ? earlier : { totalMs: 0, busyMs: 0, scheduledMs: 0 };
  const spanMs = times === null ? 0 : times.totalMs - base.totalMs;
  return {
    busy: times === null || spanMs <= 0 ? 0 : (times.busyMs - base.busyMs) / spanMs,
    scheduled: times === null || spanMs <= 0 ? 0 : (times.scheduledMs - base.scheduledMs) / spanMs,
    polls: (polls - (before?.polls ?? 0)) / seconds,
  };
}

function sharesOf(
  { times }: RuntimeSnapshot,
  earlier: RuntimeSnapshot | null,
): LoopRates["shares"] {
  if (times === null) return null;
  const last = earlier?.times ?? null;
  const isContinued = last !== null && last.measuredMs <= times.measuredMs;
  const base = isContinued
    ? last
    : { measuredMs: 0, pollsMs: 0, turnsMs: 0, waitsMs: 0, parkedMs: 0 };
  const spanMs = times.measuredMs - base.measuredMs;
  if (spanMs <= 0) return null;
  return {
    polls: (times.pollsMs - base.pollsMs) / spanMs,
    turns: (times.turnsMs - base.turnsMs) / spanMs,
    waits: (times.waitsMs - base.waitsMs) / spanMs,
    parked: (times.parkedMs - base.parkedMs) / spanMs,
  };
}
