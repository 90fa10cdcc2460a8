const POLL = 0;
const STOPPED = 1;
const LENGTH = 2;
const WORDS = 3;
const TEXT_BYTES_MAX = 1024;

/**
 * Shared memory in which a thread tells another which poll it is in, so that a poll that never ends
 * can be named from outside. The number of the poll is odd while it runs.
 */
export class StallBoard {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #text: Uint8Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(WORDS * 4 + TEXT_BYTES_MAX)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, WORDS);
    this.#text = new Uint8Array(memory, WORDS * 4);
  }

  /** A poll begins. @param text what to say of it, should it not end */
  begin(text: Uint8Array): void {
    const length = Math.min(text.length, TEXT_BYTES_MAX);
    this.#text.set(length < text.length ? text.subarray(0, length) : text);
    this.#words[LENGTH] = length;
    Atomics.add(this.#words, POLL, 1);
  }

  end(): void {
    Atomics.add(this.#words, POLL, 1);
  }

  /** The number of the poll that runs; 0 between polls. */
  get runningPoll(): number {
    const poll = Atomics.load(this.#words, POLL);
    return (poll & 1) === 1 ? poll : 0;
  }

  /** What was said of the poll; null when it ended while it was read. */
  read(poll: number): string | null {
    const bytes = this.#text.slice(0, this.#words[LENGTH]);
    return this.runningPoll === poll ? new TextDecoder().decode(bytes) : null;
  }

  /** Sleeps for so long, on the watching thread. @returns false when the watch is over */
  sleep(ms: number): boolean {
    return Atomics.wait(this.#words, STOPPED, 0, ms) === "timed-out";
  }

  stop(): void {
    Atomics.store(this.#words, STOPPED, 1);
    Atomics.notify(this.#words, STOPPED);
  }
}
