import { InvariantError, type ReceivePool } from "@bascule/core";

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
    this.putBack(bufferId);
    const { onRelease } = this;
    if (onRelease === null) return;
    this.onRelease = null;
    onRelease();
  }

  /** Notes that a completion hands the buffer to its listener. */
  handOut(bufferId: number): void {
    if (this.#out[bufferId] !== 0) {
      throw new InvariantError(`Cannot hand out receive buffer ${bufferId}: it is out already`);
    }
    this.#out[bufferId] = 1;
    this.free--;
  }

  /** Makes a buffer that nobody holds available again. */
  abstract putBack(bufferId: number): void;

  /** Frees the memory. No operation may be in flight. */
  abstract close(): void;
}
