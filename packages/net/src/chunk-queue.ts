import type { ReceivePool, Wait } from "@bascule/core";
import { WaitList } from "./wait-list.ts";

/** Pool buffers that one socket may hold unread, however little is in them. */
const POOLED_MAX = 64;
/**
 * Memory that copied bytes are gathered in, so that a peer's many small sends cost no chunk each.
 */
const GATHERED_BYTES = 4096;
/** So few bytes, when they come first, are copied out as they come: the reader gets that array. */
const SMALL_BYTES = 4096;

/** A stretch of received bytes: in a buffer of the receive pool, or copied out of it. */
export class Chunk {
  /** The memory: the whole pool, or an array of the chunk's own. */
  bytes: Uint8Array;
  /** Which pool buffer to give back; -1 when the bytes are the chunk's own. */
  bufferId: number;
  start: number;
  end: number;
  next: Chunk | null = null;

  constructor(bytes: Uint8Array, bufferId: number, start: number, end: number) {
    this.bytes = bytes;
    this.bufferId = bufferId;
    this.start = start;
    this.end = end;
  }
}

/** Received bytes in order, from which any number can be taken, and those who wait for some. */
export class ChunkQueue extends WaitList<Wait<unknown>> {
  byteLength: number = 0;
  /** Chunks that hold a pool buffer. */
  pooled: number = 0;
  /** Whether chunks are lent out: then they stay in the pool's memory. */
  lends: boolean = false;
  readonly #pool: ReceivePool;
  /** Few bytes that came while nothing was there, copied out: most often the next read's result. */
  #small: Uint8Array | null = null;
  #first: Chunk | null = null;
  #last: Chunk | null = null;

  constructor(pool: ReceivePool) {
    super();
    this.#pool = pool;
  }

  /**
   * Adds what a completion put into a pool buffer. When the pool runs low, or this socket holds
   * many buffers, the bytes are copied out at once: a socket that nobody reads must not starve the
   * others.
   */
  push(bufferId: number, byteLength: number): void {
    const pool = this.#pool;
    const start = bufferId * pool.bufferSize;
    const isFirst = this.byteLength === 0;
    this.byteLength += byteLength;
    if (isFirst && byteLength <= SMALL_BYTES && !this.lends) {
      this.#small = pool.bytes.slice(start, start + byteLength);
      pool.release(bufferId);
      return;
    }
    this.#unwrapSmall();
    if (pool.free >= pool.reserve && this.pooled < POOLED_MAX) {
      this.#append(new Chunk(pool.bytes, bufferId, start, start + byteLength));
      this.pooled++;
      return;
    }
    this.#gather(pool.bytes.subarray(start, start + byteLength));
    pool.release(bufferId);
  }

  /** Takes at most `max` bytes as an array of the caller's own; there must be at least one. */
  take(max: number): Uint8Array {
    const small = this.#small;
    if (small !== null && small.byteLength <= max) {
      this.#small = null;
      this.byteLength = 0;
      return small;
    }
    this.#unwrapSmall();
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
    this.#unwrapSmall();
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
    this.#unwrapSmall();
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

  /** More has come, or less is wanted: the small array becomes a chunk like any other. */
  #unwrapSmall(): void {
    const small = this.#small;
    if (small === null) return;
    this.#small = null;
    this.#append(new Chunk(small, -1, 0, small.byteLength));
  }

  /** Copies bytes behind the last ones that were copied, or into new memory. */
  #gather(bytes: Uint8Array): void {
    let chunk = this.#last;
    const { byteLength } = bytes;
    if (chunk === null || chunk.bufferId >= 0 || chunk.bytes.byteLength - chunk.end < byteLength) {
      const memory = new Uint8Array(new ArrayBuffer(Math.max(GATHERED_BYTES, byteLength)));
      chunk = new Chunk(memory, -1, 0, 0);
      this.#append(chunk);
    }
    chunk.bytes.set(bytes, chunk.end);
    chunk.end += byteLength;
  }

  #append(chunk: Chunk): void {
    if (this.#last === null) this.#first = chunk;
    else this.#last.next = chunk;
    this.#last = chunk;
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
