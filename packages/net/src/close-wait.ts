import { type Descriptor, PENDING, Wait } from "@bascule/core";

/**
 * A wait that belongs to the runtime's own clean-up, which an abort of the task does not cut short:
 * for a descriptor to be closed, or, without one, for a wake-up.
 */
export class CloseWait extends Wait<void> {
  readonly #descriptor: Descriptor | null;

  constructor(descriptor: Descriptor | null) {
    super(undefined);
    this.#descriptor = descriptor;
    if (descriptor === null) return;
    const { onClosed } = descriptor;
    descriptor.onClosed = () => {
      onClosed?.();
      this.wake();
    };
  }

  override abort(): void {
    // Clean-up goes on: what it waits for is bounded.
  }

  protected override get isAbortable(): boolean {
    return false;
  }

  protected override poll(): void | typeof PENDING {
    if (this.#descriptor !== null && !this.#descriptor.closed) return PENDING;
  }

  protected override cancelled(): void {}
}
