import type { ReceivePool } from "@bascule/core";

/** What the kernel writes next is the next byte of an endless pattern. */
const PATTERN_PERIOD = 251;
/** What a buffer holds that nobody may look at any more. */
const GARBAGE = 255;

/** The bytes of the pattern from `offset` on. */
export function patternAt(offset: number, byteLength: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(byteLength);
  for (let i = 0; i < byteLength; i++) bytes[i] = (offset + i) % PATTERN_PERIOD;
  return bytes;
}

/** A receive pool whose kernel is the test. A buffer that comes back is overwritten at once. */
export class FakeReceivePool implements ReceivePool {
  readonly bytes: Uint8Array;
  readonly bufferSize: number;
  readonly count: number;
  readonly reserve: number;
  /** Bytes of the pattern that were received. */
  received: number = 0;
  readonly #free: number[];
  readonly #out = new Set<number>();

  constructor(options: { count: number; bufferSize: number; reserve: number }) {
    this.count = options.count;
    this.bufferSize = options.bufferSize;
    this.reserve = options.reserve;
    this.bytes = new Uint8Array(this.count * this.bufferSize);
    this.#free = Array.from({ length: this.count }, (_, id) => id);
  }

  get free(): number {
    return this.#free.length;
  }

  /** Fills a free buffer, as a completion does. @returns its number; -1 when none is free */
  receive(byteLength: number): number {
    const bufferId = this.#free.shift() ?? -1;
    if (bufferId < 0) return bufferId;
    this.#out.add(bufferId);
    this.bytes.set(patternAt(this.received, byteLength), bufferId * this.bufferSize);
    this.received += byteLength;
    return bufferId;
  }

  release(bufferId: number): void {
    if (!this.#out.delete(bufferId)) throw new Error(`Buffer ${bufferId} is not out`);
    const start = bufferId * this.bufferSize;
    this.bytes.fill(GARBAGE, start, start + this.bufferSize);
    this.#free.push(bufferId);
  }
}
