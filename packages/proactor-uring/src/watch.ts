import { type DriverCounters, InvariantError, type OperationFrame } from "@bascule/core";
import {
  ECANCELED,
  EINTR,
  EINVAL,
  errnoName,
  IORING_CQE_F_MORE,
  type MappedMemory,
  poll,
  pollOnce,
  POLLIN,
  readDescriptor,
} from "@bascule/sys";
import type { SubmissionQueue } from "./submission-queue.ts";

/**
 * Keeps one of the driver's own descriptors watched by the ring: the wake-up pipe, the timer. It is
 * no operation: nobody waits for it and it does not count as in flight.
 */
export class Watch implements OperationFrame {
  readonly fd: number;
  /** Names this watch in `user_data`: negative, above the cancels. */
  readonly userData: number;
  readonly address: number = 0;
  readonly length: number = 0;
  readonly offset: number = 0;
  readonly flags: number = POLLIN;
  /** Whether the kernel watches. */
  armed: boolean = false;
  #multishot: boolean;
  #ending: boolean = false;
  readonly #sink: MappedMemory;
  readonly #counters: DriverCounters;

  constructor(
    fd: number,
    userData: number,
    multishot: boolean,
    sink: MappedMemory,
    counters: DriverCounters,
  ) {
    this.fd = fd;
    this.userData = userData;
    this.#multishot = multishot;
    this.#sink = sink;
    this.#counters = counters;
  }

  /** Whether one submission lasts for many events. */
  get isMultishot(): boolean {
    return this.#multishot;
  }

  /** Has the kernel watch, unless it does already or there is no room now. */
  arm(submission: SubmissionQueue): void {
    if (this.armed || this.#ending || submission.isFull) return;
    this.armed = true;
    const base = submission.claim(this.userData, 0);
    (this.#multishot ? poll : pollOnce).encode(submission.entries, base, this);
  }

  /** From now on the watch is not armed again. */
  end(): void {
    this.#ending = true;
  }

  /**
   * Takes a completion, and what made the descriptor readable.
   * @returns whether it was an event
   */
  onEntry(result: number, flags: number): boolean {
    if ((flags & IORING_CQE_F_MORE) === 0) this.armed = false;
    if (result < 0) {
      // Before Linux 5.13 there is no multishot poll.
      if (result === -EINVAL && this.#multishot) this.#multishot = false;
      else if (result !== -ECANCELED && result !== -EINTR) throw broken(this.fd, result);
      return false;
    }
    this.#drain();
    return true;
  }

  #drain(): void {
    const { address, byteLength } = this.#sink;
    let count: number;
    do {
      this.#counters.systemCalls++;
      count = readDescriptor(this.fd, address, byteLength);
    } while (count === byteLength);
  }
}

function broken(fd: number, result: number): InvariantError {
  return new InvariantError(`Cannot watch descriptor ${fd} of the driver: ${errnoName(result)}`);
}
