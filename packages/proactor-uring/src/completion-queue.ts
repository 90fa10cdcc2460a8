import { CQE_WORDS, type UringMemory } from "@bascule/sys";

/** Takes the completions that a {@link CompletionQueue} drains. */
export interface CompletionSink {
  /**
   * @param userDataLow as it was written into the submission entry
   * @param flags `IORING_CQE_F_*`, and the buffer's number in the upper half
   * @returns how much progress it was, for the count that `turn` gives back
   */
  onEntry(userDataLow: number, userDataHigh: number, result: number, flags: number): number;
}

/** The completion queue, read in place in the mapped ring. */
export class CompletionQueue {
  readonly #ring: Int32Array;
  readonly #entries: Int32Array;
  readonly #headWord: number;
  readonly #tailWord: number;
  readonly #mask: number;
  #head: number;

  constructor(memory: UringMemory) {
    this.#ring = memory.ring;
    this.#entries = memory.cqes;
    this.#headWord = memory.cqHeadWord;
    this.#tailWord = memory.cqTailWord;
    this.#mask = memory.cqMask;
    this.#head = Atomics.load(memory.ring, memory.cqHeadWord);
  }

  get isEmpty(): boolean {
    return this.#head === Atomics.load(this.#ring, this.#tailWord);
  }

  /**
   * Hands over what is there now; what arrives meanwhile waits for the next call, so that one call
   * is bounded by the queue's size. The head is kept here as well as in the ring: when the sink
   * throws, no completion is handed over twice.
   */
  drain(sink: CompletionSink): number {
    const tail = Atomics.load(this.#ring, this.#tailWord);
    if (this.#head === tail) return 0;
    const entries = this.#entries;
    const mask = this.#mask;
    let progress = 0;
    do {
      const base = (this.#head & mask) * CQE_WORDS;
      this.#head = (this.#head + 1) | 0;
      progress += sink.onEntry(
        entries[base] as number,
        entries[base + 1] as number,
        entries[base + 2] as number,
        entries[base + 3] as number,
      );
    } while (this.#head !== tail);
    Atomics.store(this.#ring, this.#headWord, this.#head);
    return progress;
  }
}
