/**
 * Memory that the kernel fills: buffers of one size in one mapping, identified by a small number.
 */
export interface ReceivePool {
  /** The whole mapping; buffer `id` is at `id * bufferSize`. */
  readonly bytes: Uint8Array;
  readonly bufferSize: number;
  readonly count: number;
  /** Buffers that nobody holds (for the proactor: that the kernel may choose). */
  readonly free: number;
  /** Below this many free buffers, received bytes are copied out at once so that nobody starves. */
  readonly reserve: number;
  /**
   * Gives a buffer back. Throws when it is not out: a double release would corrupt another read.
   */
  release(bufferId: number): void;
}

/** A block of send memory: mapped, so it never moves while the kernel reads it. */
export interface Block {
  readonly bytes: Uint8Array;
  readonly address: number;
  readonly byteLength: number;
  /** Whether the block is out; asserted on return. */
  taken: boolean;
}

/** Memory that the kernel reads from: blocks in a small and a large size, taken and given back. */
export interface SendPool {
  readonly smallBytes: number;
  readonly largeBytes: number;
  /** Blocks that are out, for the leak sentinel. */
  readonly taken: number;
  /** A block of at least `byteLength` bytes, or the largest there is. */
  take(byteLength: number): Block;
  give(block: Block): void;
}
