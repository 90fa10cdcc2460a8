/** A bounded line of jobs, which are small numbers, that several threads share. */
export interface JobQueue {
  readonly isEmpty: boolean;
  /** Jobs in line; exact only when no other thread is busy with it. */
  readonly length: number;
  /** Puts a job at the end; false when there is no room. */
  push(job: number): boolean;
  /** Takes the first job, or -1 when there is none. Never waits. */
  take(): number;
}

const HEAD = 0;
const TAIL = 1;
const CELLS = 2;

/** Words of shared memory that a queue needs. */
export function jobQueueWords(capacity: number): number {
  return CELLS + 2 * capacity;
}

/**
 * A {@link JobQueue} on shared memory, after Dmitry Vyukov's bounded queue: each cell carries a
 * sequence number that says whose turn it is, so that a thread that is held up while it writes a
 * cell holds nobody else up. Positions wrap at 32 bits.
 */
export class SharedJobQueue implements JobQueue {
  readonly #words: Int32Array;
  readonly #mask: number;

  /**
   * @param words shared memory of {@link jobQueueWords} words, zeroed
   * @param capacity a power of two
   */
  constructor(words: Int32Array, capacity: number) {
    this.#words = words;
    this.#mask = capacity - 1;
  }

  /** Numbers the cells: once, before any thread uses the queue. */
  initialize(): void {
    for (let cell = 0; cell <= this.#mask; cell++) this.#words[CELLS + 2 * cell] = cell;
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#words, HEAD) === Atomics.load(this.#words, TAIL);
  }

  get length(): number {
    return (Atomics.load(this.#words, TAIL) - Atomics.load(this.#words, HEAD)) | 0;
  }

  push(job: number): boolean {
    const cell = this.#claim(TAIL, 0);
    if (cell < 0) return false;
    this.#words[cell + 1] = job;
    Atomics.add(this.#words, cell, 1);
    return true;
  }

  take(): number {
    const cell = this.#claim(HEAD, 1);
    if (cell < 0) return -1;
    const job = this.#words[cell + 1]!;
    Atomics.add(this.#words, cell, this.#mask);
    return job;
  }

  /**
   * Moves an end on by one when the cell there has come to `ahead` of the position: 0 is free, 1 is
   * filled. Returns the cell's first word, or -1 when the cell has not come so far.
   */
  #claim(end: number, ahead: number): number {
    const words = this.#words;
    for (;;) {
      const position = Atomics.load(words, end);
      const cell = CELLS + 2 * (position & this.#mask);
      const difference = (Atomics.load(words, cell) - position - ahead) | 0;
      if (difference < 0) return -1;
      if (difference > 0) continue;
      if (Atomics.compareExchange(words, end, position, (position + 1) | 0) === position) {
        return cell;
      }
    }
  }
}
