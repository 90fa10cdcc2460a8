/** Nothing can go through a channel any more: the other side, or this handle of it, is closed. */
export class ChannelClosedError extends Error {
  override readonly name: string = "ChannelClosedError";
  readonly code: string = "ERR_BASCULE_CHANNEL_CLOSED";
}

/** A broadcast receiver was too slow: the oldest messages have been overwritten. */
export class LaggedError extends Error {
  override readonly name: string = "LaggedError";
  readonly code: string = "ERR_BASCULE_LAGGED";
  /** How many messages this receiver will never see. */
  readonly missed: number;

  constructor(missed: number) {
    super(`Cannot receive the next message: ${missed} were overwritten before they were received`);
    this.missed = missed;
  }
}

/** A semaphore was closed: it grants no permits any more. */
export class SemaphoreClosedError extends Error {
  override readonly name: string = "SemaphoreClosedError";
  readonly code: string = "ERR_BASCULE_SEMAPHORE_CLOSED";
}

/** A guard or permit was used after its release. */
export class ReleasedError extends Error {
  override readonly name: string = "ReleasedError";
  readonly code: string = "ERR_BASCULE_RELEASED";
}
