import { type Canaries, InvariantError, type ReceivePool } from "@bascule/core";
import { mapMemory, type MappedMemory } from "@bascule/sys";

export const RECEIVE_BUFFERS_DEFAULT = 128;
export const RECEIVE_BUFFER_BYTES_DEFAULT = 32768;

/**
 * The receive pool of a reactor: the buffer returned last is taken next, so that a busy server
 * keeps receiving into the same few cache lines. A buffer is only taken for an attempt that
 * received.
 */
export class ReceiveBuffers implements ReceivePool {
  readonly bytes: Uint8Array;
  readonly bufferSize: number;
  readonly count: number;
  readonly reserve: number;
  free: number;
  readonly #memory: MappedMemory;
  /** Ids of the free buffers; those below `free` count. */
  readonly #stack: Uint16Array;
  readonly #out: Uint8Array;
  readonly #onRelease: () => void;
  #canaries: Canaries | null;

  constructor(
    count: number,
    bufferSize: number,
    onRelease: () => void,
    canaries: Canaries | null = null,
  ) {
    this.count = count;
    this.bufferSize = bufferSize;
    this.reserve = count >> 2;
    this.free = count;
    this.#memory = mapMemory(count * bufferSize);
    this.bytes = this.#memory.bytes;
    this.#stack = Uint16Array.from({ length: count }, (_, index) => count - 1 - index);
    this.#out = new Uint8Array(count);
    this.#onRelease = onRelease;
    this.#canaries = canaries;
    if (canaries !== null) canaries.poison(this.bytes);
  }

  /** The buffer that {@link takeTop} would take. There must be a free one. */
  get top(): number {
    const bufferId = this.#stack[this.free - 1] ?? 0;
    if (this.#canaries !== null) this.#canaries.noteBuffer(bufferId, this.#view(bufferId));
    return bufferId;
  }

  addressOf(bufferId: number): number {
    return this.#memory.address + bufferId * this.bufferSize;
  }

  takeTop(): void {
    this.#out[this.#stack[this.free - 1] ?? 0] = 1;
    this.free--;
  }

  release(bufferId: number): void {
    if (this.#out[bufferId] !== 1) {
      throw new InvariantError(`Cannot release receive buffer ${bufferId}: it is not out`);
    }
    if (this.#canaries !== null) this.#canaries.poison(this.#view(bufferId));
    this.#out[bufferId] = 0;
    this.#stack[this.free] = bufferId;
    this.free++;
    this.#onRelease();
  }

  /** Unmaps the buffers; a view that somebody still holds has length 0 from then on. */
  destroy(): void {
    const canaries = this.#canaries;
    for (const id of canaries === null ? [] : this.#stack.subarray(0, this.free)) {
      canaries?.noteBuffer(id, this.#view(id));
    }
    // A lease may outlive the memory: what comes back now is nothing to write to.
    this.#canaries = null;
    this.#memory.unmap();
  }

  #view(bufferId: number): Uint8Array {
    const start = bufferId * this.bufferSize;
    return this.bytes.subarray(start, start + this.bufferSize);
  }
}
