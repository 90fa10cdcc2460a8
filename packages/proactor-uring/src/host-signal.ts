import { IORING_CQ_EVENTFD_DISABLED, type UringMemory } from "@bascule/sys";

/**
 * Whether the kernel signals the host's eventfd. The bit is in memory shared with the kernel, so
 * that turning signals on and off costs no system call.
 */
export class HostSignal {
  readonly #ring: Int32Array;
  readonly #word: number;

  constructor(memory: UringMemory) {
    this.#ring = memory.ring;
    this.#word = memory.cqFlagsWord;
    this.mute();
  }

  mute(): void {
    Atomics.store(this.#ring, this.#word, IORING_CQ_EVENTFD_DISABLED);
  }

  /**
   * The caller must look for completions once more afterwards: what came while it was muted is not
   * signalled. `Atomics` orders the two, and the kernel sets its flag before it looks at ours.
   */
  unmute(): void {
    Atomics.store(this.#ring, this.#word, 0);
  }
}
