import { SQE_USER_DATA_WORD, SQE_WORDS, type UringMemory } from "@bascule/sys";

/**
 * The submission queue: entries are written in place, and the kernel sees them when the tail is
 * published before io_uring_enter(2). Heads and tails count upwards and wrap at 32 bits.
 */
export class SubmissionQueue {
  /** Entries as words; write an entry at the base that {@link claim} gives. */
  readonly entries: Int32Array;
  readonly capacity: number;
  readonly #ring: Int32Array;
  readonly #headWord: number;
  readonly #tailWord: number;
  readonly #mask: number;
  #tail: number;
  /** The kernel's head as of the last look: it moves only inside io_uring_enter(2). */
  #head: number;

  constructor(memory: UringMemory) {
    this.entries = memory.sqes;
    this.capacity = memory.sqEntries;
    this.#ring = memory.ring;
    this.#headWord = memory.sqHeadWord;
    this.#tailWord = memory.sqTailWord;
    this.#mask = memory.sqMask;
    this.#tail = Atomics.load(memory.ring, memory.sqTailWord);
    this.#head = Atomics.load(memory.ring, memory.sqHeadWord);
  }

  /** Entries that the kernel has not taken yet. */
  get pending(): number {
    return (this.#tail - this.#head) | 0;
  }

  get isFull(): boolean {
    return ((this.#tail - this.#head) | 0) === this.capacity;
  }

  /** Takes the next entry, which must be free, names it, and returns its first word. */
  claim(userDataLow: number, userDataHigh: number): number {
    const base = (this.#tail & this.#mask) * SQE_WORDS;
    this.#tail = (this.#tail + 1) | 0;
    this.entries[base + SQE_USER_DATA_WORD] = userDataLow;
    this.entries[base + SQE_USER_DATA_WORD + 1] = userDataHigh;
    return base;
  }

  /** Shows the kernel what was written. */
  publish(): void {
    Atomics.store(this.#ring, this.#tailWord, this.#tail);
  }

  /** Looks at what the kernel took. */
  refresh(): void {
    this.#head = Atomics.load(this.#ring, this.#headWord);
  }
}
