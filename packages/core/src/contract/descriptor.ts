import type { Operation } from "./operation.ts";

/**
 * A file descriptor with the operations that hold it. It is closed only when nothing holds it any
 * more: `close(2)` does not cancel io_uring requests, and a number that is reused too early would
 * receive another operation's bytes.
 */
export class Descriptor {
  readonly fd: number;
  /** Operations in flight on this descriptor. */
  holds: number = 0;
  /** Set by the first call of `close`; no operation may be submitted from then on. */
  closing: boolean = false;
  /** Set once the number has gone back to the kernel. */
  closed: boolean = false;
  /** First of the linked operations in flight. */
  firstOperation: Operation | null = null;
  /** Called once when the number has gone back to the kernel. It only records and wakes. */
  onClosed: (() => void) | null = null;

  constructor(fd: number) {
    if (!Number.isInteger(fd) || fd < 0) {
      throw new RangeError(`Cannot own descriptor: "${fd}" is not a descriptor number`);
    }
    this.fd = fd;
  }
}
