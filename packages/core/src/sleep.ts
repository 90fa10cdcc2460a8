import type { Clock } from "./contract/clock.ts";
import { Runtime } from "./runtime.ts";
import type { Timer, Timers } from "./timers.ts";
import { PENDING, Wait, type WaitOptions } from "./wait.ts";

/** A wait for a moment on the monotonic clock. */
class TimerWait extends Wait<void> implements Timer {
  deadlineMs: number;
  heapIndex: number = -1;
  sequence: number = 0;
  referenced: boolean;
  readonly #timers: Timers;

  constructor(timers: Timers, deadlineMs: number, referenced: boolean, options?: WaitOptions) {
    super(options);
    this.deadlineMs = deadlineMs;
    this.referenced = referenced;
    this.#timers = timers;
    if (this.isWaiting) timers.arm(this);
  }

  fire(): void {
    this.wake();
  }

  override get waitsFor(): string {
    return "timer";
  }

  /** No event wakes it when its time never comes: only who waits for a task could abort it. */
  override get isForTask(): boolean {
    return this.deadlineMs === Number.POSITIVE_INFINITY;
  }

  protected override poll(): void | typeof PENDING {
    if (this.heapIndex >= 0) return PENDING;
  }

  protected override cancelled(): void {
    this.#timers.cancel(this);
  }
}

/** Options of {@link sleep}. */
export interface SleepOptions extends WaitOptions {
  /** Whether the timer keeps the process alive; true by default. */
  ref?: boolean;
}

/**
 * Waits for at least `ms` milliseconds; fractions count (`sleep(0.2)` is 200 µs), 0 yields. The
 * clock is monotonic.
 *
 * @throws RangeError when `ms` is NaN or negative; rejects with `signal.reason` or the task's abort
 *   reason when aborted
 * @example
 * ```ts
 * import { sleep } from "@bascule/core";
 * await sleep(0.5);
 * ```
 */
export function sleep(ms: number, options?: SleepOptions): Promise<void> {
  const { loop } = Runtime.current();
  const deadlineMs = deadlineAfter(loop.clock, ms, "sleep");
  const wait = new TimerWait(loop.timers, deadlineMs, options?.ref !== false, options);
  Runtime.current().schedule();
  return wait.promise;
}

/** A moment `ms` from now. */
export function deadlineAfter(clock: Clock, ms: number, what: string): number {
  if (typeof ms !== "number" || Number.isNaN(ms) || ms < 0) {
    throw new RangeError(`Cannot ${what} for "${ms}" ms: pass a number of milliseconds, 0 or more`);
  }
  return clock.now() + ms;
}
