import type { ReceivePool } from "@bascule/core";

/** A stretch of received bytes: in a buffer of the receive pool, or copied out of it. */
export class Chunk {
  /** The memory: the whole pool, or an array of the chunk's own. */
  readonly bytes: Uint8Array;
  /** Which pool buffer to give back; -1 when the bytes are the chunk's own. */
  readonly bufferId: number;
  start: number;
  readonly end: number;
  next: Chunk | null = null;

  constructor(bytes: Uint8Array, bufferId: number, start: number, end: number) {
    this.bytes = bytes;
    this.bufferId = bufferId;
    this.start = start;
    this.end = end;
  }
}

/** Received bytes in order, from which any number can be taken. */
export class ChunkQueue {
  byteLength: number = 0;
  /** Chunks that hold a pool buffer. */
  pooled: number = 0;
  readonly #pool: ReceivePool;
  #first: Chunk | null = null;
  #last: Chunk | null = null;

  constructor(pool: ReceivePool) {
    this.#pool = pool;
  }

  /**
   * Adds what a completion put into a pool buffer. When the pool runs low the bytes are copied out at
   * once: a socket that nobody reads must not starve the others.
   */
  push(bufferId: number, byteLength: number): void {
    const pool = this.#pool;
    const start = bufferId * pool.bufferSize;
    let chunk: Chunk;
    if (pool.free >= pool.reserve) {
      chunk = new Chunk(pool.bytes, bufferId, start, start + byteLength);
      this.pooled++;
    } else {
      chunk = new Chunk(pool.bytes.slice(start, start + byteLength), -1, 0, byteLength);
      pool.release(bufferId);
    }
    if (this.#last === null) this.#first = chunk;
    else this.#last.next = chunk;
    this.#last = chunk;
    this.byteLength += byteLength;
  }

  /** Takes at most `max` bytes as an array of the caller's own; there must be at least one. */
  take(max: number): Uint8Array {
    const chunk = this.#first;
    const total = Math.min(max, this.byteLength);
    if (chunk !== null && chunk.end - chunk.start >= total) {
      const bytes = chunk.bytes.slice(chunk.start, chunk.start + total);
      this.#consume(chunk, total);
      return bytes;
    }
    const bytes = new Uint8Array(new ArrayBuffer(total));
    this.takeInto(bytes);
    return bytes;
  }

  /** Moves bytes into `target` until it is full or nothing is left. @returns how many */
  takeInto(target: Uint8Array): number {
    let filled = 0;
    for (let chunk = this.#first; chunk !== null && filled < target.length; chunk = this.#first) {
      const count = Math.min(chunk.end - chunk.start, target.length - filled);
      target.set(chunk.bytes.subarray(chunk.start, chunk.start + count), filled);
      filled += count;
      this.#consume(chunk, count);
    }
    return filled;
  }

  /** Takes the first chunk whole, with its pool buffer: the caller gives that back. */
  shift(): Chunk | null {
    const chunk = this.#first;
    if (chunk === null) return null;
    this.#unlink(chunk);
    this.byteLength -= chunk.end - chunk.start;
    return chunk;
  }

  /** Drops everything and gives the pool its buffers back. */
  clear(): void {
    for (let chunk = this.shift(); chunk !== null; chunk = this.shift()) {
      if (chunk.bufferId >= 0) this.#pool.release(chunk.bufferId);
    }
  }

  #consume(chunk: Chunk, count: number): void {
    chunk.start += count;
    this.byteLength -= count;
    if (chunk.start < chunk.end) return;
    this.#unlink(chunk);
    if (chunk.bufferId >= 0) this.#pool.release(chunk.bufferId);
  }

  #unlink(chunk: Chunk): void {
    this.#first = chunk.next;
    if (this.#first === null) this.#last = null;
    if (chunk.bufferId >= 0) this.pooled--;
  }
}
