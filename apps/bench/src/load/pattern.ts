import { type MappedMemory, mapMemory } from "@bascule/sys";

/**
 * After so many bytes the pattern repeats. It is 4 times a prime, so that messages never line up
 * with it, and their words do.
 */
const PERIOD_BYTES = 4 * 8191;

/**
 * Bytes that a connection sends and expects back: which ones depends on the connection and on the
 * offset in its stream, so that lost, doubled, crossed or reordered bytes are noticed. They lie in
 * mapped memory, from which they are sent without a copy.
 */
export class Pattern {
  readonly #memory: MappedMemory;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;

  /** @param pieceBytesMax the longest piece that is sent or compared at once */
  constructor(pieceBytesMax: number) {
    const byteLength = PERIOD_BYTES + Math.ceil(pieceBytesMax / 4) * 4;
    this.#memory = mapMemory(byteLength);
    this.#bytes = this.#memory.bytes;
    this.#words = new Int32Array(this.#memory.buffer, 0, byteLength / 4);
    let random = 2463534242;
    for (let at = 0; at < byteLength; at++) {
      random ^= random << 13;
      random ^= random >>> 17;
      random ^= random << 5;
      this.#bytes[at] = at < PERIOD_BYTES ? random >>> 11 : (this.#bytes[at - PERIOD_BYTES] ?? 0);
    }
  }

  /** Where the bytes of a connection at an offset of its stream lie. */
  addressAt(connection: number, offset: number): number {
    return this.#memory.address + start(connection, offset);
  }

  /**
   * Whether `length` bytes at `from` of a pool are those of a connection at an offset of its
   * stream. Whole words where both sides allow it: a call of a native comparison costs more than 64
   * bytes do.
   */
  matches(
    connection: number,
    offset: number,
    bytes: Uint8Array,
    words: Int32Array,
    from: number,
    length: number,
  ): boolean {
    const at = start(connection, offset);
    let done = 0;
    if ((at & 3) === 0 && (from & 3) === 0) {
      const end = length >> 2;
      const expected = this.#words;
      const left = at >> 2;
      const right = from >> 2;
      for (let i = 0; i < end; i++) if (expected[left + i] !== words[right + i]) return false;
      done = end << 2;
    }
    for (; done < length; done++) if (this.#bytes[at + done] !== bytes[from + done]) return false;
    return true;
  }
}

function start(connection: number, offset: number): number {
  return (connection * 12 + offset) % PERIOD_BYTES;
}
