import { encodeCancel } from "@bascule/sys";
import type { SubmissionQueue } from "./submission-queue.ts";

/** `user_data` below this names a cancel; above it and below 0 are the driver's own watches. */
const CANCEL_BASE = -16;

/** Whether the low half of a completion's `user_data` says that it ends a cancel. */
export function isCancel(userDataLow: number): boolean {
  return userDataLow <= CANCEL_BASE;
}

/** The slot that the cancel was for. */
export function cancelledSlot(userDataLow: number): number {
  return CANCEL_BASE - userDataLow;
}

/**
 * Cancels on their way into the submission queue. They go before any new operation, and none is
 * lost when the queue is full: they wait here, as pairs of slot and generation.
 */
export class CancelQueue {
  #pairs: number[] = [];
  #written: number = 0;

  get isEmpty(): boolean {
    return this.#pairs.length === 0;
  }

  push(slot: number, generation: number): void {
    this.#pairs.push(slot, generation);
  }

  /** Writes as many as there is room for. */
  writeTo(submission: SubmissionQueue): void {
    const pairs = this.#pairs;
    while (this.#written < pairs.length && !submission.isFull) {
      const slot = pairs[this.#written] as number;
      const generation = pairs[this.#written + 1] as number;
      this.#written += 2;
      const base = submission.claim(CANCEL_BASE - slot, generation);
      encodeCancel(submission.entries, base, slot, generation);
    }
    if (this.#written !== pairs.length) return;
    this.#written = 0;
    pairs.length = 0;
  }
}
