import { type DriverCounters, InvariantError } from "@bascule/core";
import {
  EAGAIN,
  EBUSY,
  EEXIST,
  EINTR,
  errnoName,
  ETIME,
  IORING_ENTER_GETEVENTS,
  IORING_SQ_CQ_OVERFLOW,
  IORING_SQ_TASKRUN,
  type UringMemory,
} from "@bascule/sys";
import { CompletionQueue } from "./completion-queue.ts";
import { SubmissionQueue } from "./submission-queue.ts";

const KERNEL_HAS_WORK = IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW;

/** Both queues and the one system call that moves them. */
export class Ring {
  readonly memory: UringMemory;
  readonly submission: SubmissionQueue;
  readonly completion: CompletionQueue;
  readonly #counters: DriverCounters;

  constructor(memory: UringMemory, counters: DriverCounters) {
    this.memory = memory;
    this.submission = new SubmissionQueue(memory);
    this.completion = new CompletionQueue(memory);
    this.#counters = counters;
  }

  /**
   * Whether entering would do something: entries to submit, completions that the kernel holds back
   * until we come for them, or completions that found the queue full.
   */
  get needsEnter(): boolean {
    if (this.submission.pending !== 0) return true;
    const { ring, sqFlagsWord } = this.memory;
    return (Atomics.load(ring, sqFlagsWord) & KERNEL_HAS_WORK) !== 0;
  }

  /** Whether the kernel has taken every entry, and has found room for every completion so far. */
  get isCaughtUp(): boolean {
    if (this.submission.pending !== 0) return false;
    const { ring, sqFlagsWord } = this.memory;
    return (Atomics.load(ring, sqFlagsWord) & IORING_SQ_CQ_OVERFLOW) === 0;
  }

  /**
   * Submits everything and collects completions in one io_uring_enter(2); waits for the first
   * `completionsMin` up to `timeoutMs` (0 does not wait). What the kernel could not take stays
   * pending.
   */
  enter(timeoutMs: number, completionsMin: number = 1): void {
    const { memory, submission } = this;
    submission.publish();
    this.#counters.systemCalls++;
    this.#counters.waits++;
    const count = submission.pending;
    let result: number;
    if (timeoutMs <= 0) result = memory.enter(count, 0, IORING_ENTER_GETEVENTS);
    else if (timeoutMs === Infinity)
      result = memory.enter(count, completionsMin, IORING_ENTER_GETEVENTS);
    else {
      const flags = IORING_ENTER_GETEVENTS;
      result = memory.enterTimeout(count, completionsMin, flags, timeoutMs);
    }
    submission.refresh();
    if (result < 0) judge(result);
  }
}

/** The results below are the course of things: the next turn goes on. Anything else is not. */
function judge(result: number): void {
  switch (-result) {
    // The time is over, or a signal came: the caller looks at the clock.
    case ETIME:
    case EINTR:
    // Completions must be reaped first, or memory is short: what is pending is submitted later.
    case EAGAIN:
    case EBUSY:
      return;
    case EEXIST:
      throw new InvariantError("Cannot enter the ring: it belongs to the thread that made it");
    default:
      throw new InvariantError(`Cannot enter the ring: io_uring_enter says ${errnoName(result)}`);
  }
}
