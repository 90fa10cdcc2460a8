import type { Operation } from "../contract/operation.ts";
import type { Task } from "../task.ts";
import { waitClock } from "../wait.ts";
import { Histogram, type HistogramSnapshot } from "./histogram.ts";
import { RuntimeObserver } from "./observer.ts";

/** Where the time of one task went since it was first seen. Kept on the task. */
export class TaskTimes {
  /** Since when it is timed: its spawn, or the beginning of the measurement. */
  readonly sinceMs: number;
  busyMs: number = 0;
  scheduledMs: number = 0;
  pollMsMax: number = 0;
  lastPollMs: number;
  selfWakes: number = 0;
  /** When it was queued, plus the time that it ran since; 0 while it is not in a queue. */
  wokenMs: number = 0;
  /** Of the poll that runs: its own time so far, without polls nested in it. */
  pollMs: number = 0;

  constructor(nowMs: number) {
    this.sinceMs = nowMs;
    this.lastPollMs = nowMs;
  }
}

/** Where the time of the thread went while it was measured. What is missing was Bun's own. */
export interface LoopTimes {
  readonly measuredMs: number;
  /** In polls of tasks. */
  readonly pollsMs: number;
  /** In turns of the driver that do not wait: system calls and completions. */
  readonly turnsMs: number;
  /** In turns of the driver that wait (`blockOn`, and gathering). */
  readonly waitsMs: number;
  /** In Bun's loop, with nothing of ours to do: asleep, or running what is not ours. */
  readonly parkedMs: number;
  /** How long single polls took. */
  readonly polls: HistogramSnapshot;
  /** How long tasks stood in a run queue. */
  readonly scheduled: HistogramSnapshot;
}

/** Takes the times that a snapshot reports. */
export class TimeKeeper extends RuntimeObserver {
  readonly sinceMs: number = performance.now();
  readonly #polls: Histogram = new Histogram();
  readonly #scheduled: Histogram = new Histogram();
  /** Tasks whose polls `blockOn` has interrupted, the outermost first. */
  readonly #outer: Task[] = [];
  #current: Task | null = null;
  #chargedMs: number = 0;
  #pollsMs: number = 0;
  #turnsMs: number = 0;
  #waitsMs: number = 0;
  #parkedMs: number = 0;
  #turnStartMs: number = 0;
  /** Of the last completion in the running turn, so that the wake-ups it makes need not look. */
  #completionMs: number = 0;
  #parkedAtMs: number = 0;

  constructor() {
    super();
    waitClock.users++;
  }

  override taskSpawned(task: Task, nowMs: number): void {
    task.times = new TaskTimes(nowMs);
  }

  override taskWoken(task: Task, bySelf: boolean): void {
    const nowMs = this.#completionMs === 0 ? performance.now() : this.#completionMs;
    const times = this.#timesOf(task);
    times.wokenMs = nowMs;
    if (bySelf) times.selfWakes++;
  }

  override pollStarted(task: Task, nowMs: number): void {
    if (this.#current !== null) {
      this.#charge(this.#current, nowMs);
      this.#outer.push(this.#current);
    }
    const isNew = !this.#isTimed(task);
    const times = this.#timesOf(task);
    // Nobody was told that it was queued: that was before the measurement began.
    if (isNew) times.wokenMs = this.sinceMs;
    if (times.wokenMs > 0) {
      const scheduledMs = Math.max(nowMs - times.wokenMs, 0);
      times.scheduledMs += scheduledMs;
      times.wokenMs = 0;
      this.#scheduled.record(scheduledMs);
    }
    times.pollMs = 0;
    this.#current = task;
    this.#chargedMs = nowMs;
  }

  override pollEnded(task: Task, nowMs: number): void {
    if (this.#current !== task) return;
    const times = this.#charge(task, nowMs);
    times.lastPollMs = nowMs;
    times.pollMsMax = Math.max(times.pollMsMax, times.pollMs);
    this.#polls.record(times.pollMs);
    this.#current = this.#outer.pop() ?? null;
  }

  override operationSubmitted(operation: Operation, nowMs: number): void {
    operation.submittedMs = nowMs;
  }

  override operationCompleted(
    _operation: Operation,
    _result: number,
    _more: boolean,
    nowMs: number,
  ): void {
    if (this.#turnStartMs !== 0) this.#completionMs = nowMs;
  }

  override turnStarted(_timeoutMs: number, nowMs: number): void {
    if (this.#current !== null) this.#charge(this.#current, nowMs);
    this.#turnStartMs = nowMs;
  }

  override turnEnded(timeoutMs: number, _completions: number, nowMs: number): void {
    this.#completionMs = 0;
    if (this.#turnStartMs === 0) return;
    if (timeoutMs > 0) this.#waitsMs += nowMs - this.#turnStartMs;
    else this.#turnsMs += nowMs - this.#turnStartMs;
    this.#turnStartMs = 0;
    this.#chargedMs = nowMs;
  }

  override parked(nowMs: number): void {
    this.#parkedAtMs = nowMs;
  }

  override awoken(nowMs: number): void {
    if (this.#parkedAtMs > 0) this.#parkedMs += nowMs - this.#parkedAtMs;
    this.#parkedAtMs = 0;
  }

  override detached(): void {
    waitClock.users--;
  }

  read(nowMs: number): LoopTimes {
    if (this.#current !== null) this.#charge(this.#current, nowMs);
    return {
      measuredMs: nowMs - this.sinceMs,
      pollsMs: this.#pollsMs,
      turnsMs: this.#turnsMs,
      waitsMs: this.#waitsMs,
      parkedMs: this.#parkedMs + (this.#parkedAtMs > 0 ? nowMs - this.#parkedAtMs : 0),
      polls: this.#polls.snapshot(),
      scheduled: this.#scheduled.snapshot(),
    };
  }

  /** The time since the last charge was this task's. */
  #charge(task: Task, nowMs: number): TaskTimes {
    const times = this.#timesOf(task);
    const spentMs = nowMs - this.#chargedMs;
    // In a queue already, by its own doing for one: while it runs it does not stand there.
    const { wokenMs } = times;
    if (wokenMs > 0) times.wokenMs += Math.max(nowMs - Math.max(wokenMs, this.#chargedMs), 0);
    this.#chargedMs = nowMs;
    times.busyMs += spentMs;
    times.pollMs += spentMs;
    this.#pollsMs += spentMs;
    return times;
  }

  /**
   * What an earlier measurement left on the task does not count. One that was there before this one
   * is timed from its beginning.
   */
  #timesOf(task: Task): TaskTimes {
    if (task.times === null || !this.#isTimed(task)) task.times = new TaskTimes(this.sinceMs);
    return task.times;
  }

  #isTimed({ times }: Task): boolean {
    return times !== null && times.sinceMs >= this.sinceMs;
  }
}
