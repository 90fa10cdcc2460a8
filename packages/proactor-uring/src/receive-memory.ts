import { type Canaries, InvariantError, type ReceivePool } from "@bascule/core";

/** One part in so many of the buffers is kept in reserve: see {@link ReceivePool.reserve}. */
const RESERVE_FRACTION = 4;

/**
 * What both receive pools have in common: which buffers are out, and the assertion that each comes
 * back once. A second release would hand one buffer to two sockets.
 */
export abstract class ReceiveMemory implements ReceivePool {
  readonly bytes: Uint8Array;
  readonly bufferSize: number;
  readonly count: number;
  readonly reserve: number;
  free: number;
  /** Called once by the next release, while the driver sleeps and somebody waits for a buffer. */
  onRelease: (() => void) | null = null;
  /** Watch over buffers that nobody holds; null costs one branch. */
  protected canaries: Canaries | null = null;
  /** 1 for every buffer that somebody outside holds. */
  readonly #out: Uint8Array;

  constructor(bytes: Uint8Array, bufferSize: number, count: number) {
    this.bytes = bytes;
    this.bufferSize = bufferSize;
    this.count = count;
    this.free = count;
    this.reserve = Math.ceil(count / RESERVE_FRACTION);
    this.#out = new Uint8Array(count);
  }

  release(bufferId: number): void {
    if (this.#out[bufferId] !== 1) {
      throw new InvariantError(`Cannot release receive buffer ${bufferId}: it is not out`);
    }
    this.#out[bufferId] = 0;
    this.free++;
    this.refuse(bufferId);
    const { onRelease } = this;
    if (onRelease === null) return;
    this.onRelease = null;
    onRelease();
  }

  /** Puts a buffer back that may have been written to: nobody gets what is in it. */
  refuse(bufferId: number): void {
    if (this.canaries !== null) this.canaries.poison(this.view(bufferId));
    this.putBack(bufferId);
  }

  /** Has buffers that nobody holds watched. Before the first receive. */
  watchWith(canaries: Canaries): void {
    this.canaries = canaries;
    canaries.poison(this.bytes);
  }

  /** Notes that a completion hands the buffer, with so many bytes in it, to its listener. */
  handOut(bufferId: number, byteLength: number): void {
    if (this.canaries !== null) {
      this.canaries.noteBuffer(bufferId, this.view(bufferId).subarray(byteLength));
    }
    if (this.#out[bufferId] !== 0) {
      throw new InvariantError(`Cannot hand out receive buffer ${bufferId}: it is out already`);
    }
    this.#out[bufferId] = 1;
    this.free--;
  }

  /** At the end, when the kernel writes no more: whatever nobody holds must be as it was left. */
  protected checkIdle(): void {
    const { canaries } = this;
    if (canaries === null) return;
    for (let id = 0; id < this.count; id++) {
      if (this.#out[id] === 0) canaries.noteBuffer(id, this.view(id));
    }
    // A lease may outlive the memory: what comes back now is nothing to write to.
    this.canaries = null;
  }

  protected view(bufferId: number): Uint8Array {
    const start = bufferId * this.bufferSize;
    return this.bytes.subarray(start, start + this.bufferSize);
  }

  /** Makes a buffer that nobody holds available again. */
  abstract putBack(bufferId: number): void;

  /** Frees the memory. No operation may be in flight. */
  abstract close(): void;
}
