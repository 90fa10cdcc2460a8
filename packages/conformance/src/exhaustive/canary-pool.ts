import type { ReceivePool } from "@bascule/core";

const BUFFERS = 3;
const BUFFER_BYTES = 8;
/** What a buffer holds while nobody may look at it. */
const POISON = 0xee;

/** A receive pool that notices who writes to, or gives back, what is not his. */
export class CanaryPool implements ReceivePool {
  readonly bytes: Uint8Array = new Uint8Array(BUFFERS * BUFFER_BYTES).fill(POISON);
  readonly bufferSize: number = BUFFER_BYTES;
  readonly count: number = BUFFERS;
  readonly reserve: number = 0;
  readonly #free: number[] = Array.from({ length: BUFFERS }, (_, id) => id);
  readonly #out: Set<number> = new Set();

  get free(): number {
    return this.#free.length;
  }

  /** Fills a free buffer, as the kernel does. @returns its number; there must be one */
  fill(bytes: readonly number[]): number {
    const bufferId = this.#free.shift();
    if (bufferId === undefined) throw new Error("no receive buffer is free");
    const buffer = this.#memoryOf(bufferId);
    if (buffer.some((byte) => byte !== POISON)) throw new Error("a free buffer was written to");
    this.#out.add(bufferId);
    buffer.set(bytes);
    return bufferId;
  }

  release(bufferId: number): void {
    if (!this.#out.delete(bufferId)) throw new Error(`buffer ${bufferId} is released twice`);
    this.#memoryOf(bufferId).fill(POISON);
    // Used again at once, so that whoever looks too late sees somebody else's bytes.
    this.#free.unshift(bufferId);
  }

  #memoryOf(bufferId: number): Uint8Array {
    return this.bytes.subarray(bufferId * BUFFER_BYTES, (bufferId + 1) * BUFFER_BYTES);
  }
}
