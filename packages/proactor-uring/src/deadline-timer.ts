import type { DriverCounters } from "@bascule/core";
import { armTimerfd } from "@bascule/sys";

/** A timerfd(2) that the ring watches, so that a deadline ends the host's sleep. */
export class DeadlineTimer {
  readonly fd: number;
  readonly #counters: DriverCounters;
  #armedMs: number = Infinity;

  constructor(fd: number, counters: DriverCounters) {
    this.fd = fd;
    this.#counters = counters;
  }

  /**
   * Makes sure that the timer expires at `deadlineMs` (on `performance.now()`'s clock) or before. A
   * deadline that moved away leaves the timer as it is: one early wake-up costs less than a system
   * call for each time that an idle timeout is pushed back.
   */
  expireBy(deadlineMs: number): void {
    if (deadlineMs >= this.#armedMs) return;
    this.#armedMs = deadlineMs;
    this.#counters.systemCalls++;
    armTimerfd(this.fd, deadlineMs - performance.now());
  }

  /** The expiry has been seen. */
  onExpired(): void {
    this.#armedMs = Infinity;
  }
}
