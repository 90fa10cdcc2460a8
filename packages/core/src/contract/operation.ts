import type { Descriptor } from "./descriptor.ts";
import type { OperationFrame, OperationKind } from "./operation-kind.ts";

/** Not submitted: its fields may be filled in. */
export const IDLE = 0;
/** The driver owns the operation, its memory and a hold on its descriptor. */
export const SUBMITTED = 1;
/** As SUBMITTED, and a cancel has been asked for. The operation still completes exactly once. */
export const CANCELLING = 2;

/** `idle → submitted → (cancelling) → idle again, with the next generation`. */
export type OperationState = typeof IDLE | typeof SUBMITTED | typeof CANCELLING;

/** No buffer of the receive pool came with a completion. */
export const NO_BUFFER = -1;

/**
 * Told of every completion of one operation. A listener only records what happened and wakes waits:
 * it runs while a kernel queue is being drained, so it must never run user code.
 */
export interface CompletionListener {
  /**
   * @param result `>= 0` or `-errno`
   * @param more whether further completions follow; when false the operation is already back in the
   *   pool and must not be touched again
   * @param bufferId which receive-pool buffer holds `result` bytes, or {@link NO_BUFFER}; the
   *   listener owns it and must release it exactly once
   */
  onCompletion(operation: Operation, result: number, more: boolean, bufferId: number): void;
}

/**
 * One operation in flight. Objects are pooled and have one fixed shape; `slot` and `generation`
 * together are the `user_data` that identifies a completion, so that a stale one is recognised.
 */
export class Operation implements OperationFrame {
  readonly slot: number;
  /** Counts the uses of this slot; 31 bits. */
  generation: number = 0;
  state: OperationState = IDLE;
  /** Free for the driver: a small state of its own, reset to 0 at submission. */
  driverState: number = 0;
  listener: CompletionListener | null = null;
  kind: OperationKind | null = null;
  descriptor: Descriptor | null = null;
  fd: number = -1;
  address: number = 0;
  length: number = 0;
  offset: number = 0;
  flags: number = 0;
  /**
   * Whatever must stay reachable while the kernel may touch `address`: a pointer keeps nothing
   * alive.
   */
  root: unknown = null;
  /** Whether this operation keeps the process alive. */
  referenced: boolean = true;
  /**
   * Kept by one listener for submission after submission, until its descriptor closes, instead of
   * going back to the pool each time.
   */
  reserved: boolean = false;
  /** Other operations of the same descriptor, linked while in flight or reserved. */
  previousOfDescriptor: Operation | null = null;
  nextOfDescriptor: Operation | null = null;
  /**
   * Free for the driver that owns the operation: its queue of attempts, starved or cancelled ones.
   */
  next: Operation | null = null;
  /** When it was last submitted while somebody measured, on the clock of `performance.now()`. */
  submittedMs: number = 0;

  constructor(slot: number) {
    this.slot = slot;
  }
}
