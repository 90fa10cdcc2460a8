import { InvariantError, type DriverCounters } from "@bascule/core";
import { armTimerfd } from "@bascule/sys";

/**
 * The timerfd that ends the host's sleep at a deadline. It is set only when the new deadline is
 * earlier than the one it is set to: a deadline that keeps moving away (an idle time-out that every
 * message renews) costs one early wake-up in a while instead of a system call per sleep.
 */
export class ParkTimer {
  readonly #fd: number;
  readonly #counters: DriverCounters;
  #deadlineMs: number = Number.POSITIVE_INFINITY;

  constructor(fd: number, counters: DriverCounters) {
    this.#fd = fd;
    this.#counters = counters;
  }

  /**
   * Makes sure that the timer expires at `deadlineMs`, on `performance.now()`'s clock, or before.
   */
  wakeBy(deadlineMs: number, nowMs: number): void {
    if (deadlineMs >= this.#deadlineMs) return;
    this.#counters.systemCalls++;
    const result = armTimerfd(this.#fd, deadlineMs - nowMs);
    if (result < 0) throw new InvariantError(`The park timer cannot be set: errno ${-result}`);
    this.#deadlineMs = deadlineMs;
  }

  /** The timer has expired, and is set to nothing. */
  expired(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }
}
