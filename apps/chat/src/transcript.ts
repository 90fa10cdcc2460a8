const encoder = new TextEncoder();

/** A bound on the bytes of one line: a name, and 8 KiB of text with every character escaped. */
const LINE_BYTES_MAX = 64 * 1024;

/**
 * What was said, once for everybody: a ring of bytes in which every member has a place of its own
 * to read from. A line is encoded and stored once, however many read it, and what a reader has not
 * read yet is one stretch of memory, ready to be written as it is.
 *
 * Positions count bytes from the beginning of the chat; only the last `byteLength` can still be
 * read.
 */
export class Transcript {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #end: number = 0;
  /** The stretch that was asked for last: most readers are at the same place. */
  #viewStart: number = -1;
  #viewEnd: number = -1;
  #view: Uint8Array;

  constructor(byteLength: number) {
    if (byteLength < LINE_BYTES_MAX) {
      throw new RangeError(`Cannot keep "${byteLength}" bytes: a line may have ${LINE_BYTES_MAX}`);
    }
    this.#bytes = new Uint8Array(new ArrayBuffer(byteLength));
    this.#view = this.#bytes;
  }

  /** The position after the last byte. */
  get end(): number {
    return this.#end;
  }

  /** Stores a line, over the oldest ones. */
  append(line: string): void {
    const ring = this.#bytes;
    const bytes = encoder.encode(line);
    const at = this.#end % ring.byteLength;
    const count = Math.min(bytes.byteLength, ring.byteLength - at);
    ring.set(count === bytes.byteLength ? bytes : bytes.subarray(0, count), at);
    if (count < bytes.byteLength) ring.set(bytes.subarray(count), 0);
    this.#end += bytes.byteLength;
  }

  /**
   * Adds the bytes from one position to another to `parts`: views, two where the ring wraps. They
   * stay as they are until `byteLength` more bytes have been appended.
   */
  read(from: number, to: number, parts: Uint8Array[]): void {
    const { byteLength } = this.#bytes;
    const start = from % byteLength;
    const untilWrap = byteLength - start;
    if (to - from <= untilWrap) {
      parts.push(this.#viewOf(from, to, start));
      return;
    }
    parts.push(this.#bytes.subarray(start), this.#bytes.subarray(0, to - from - untilWrap));
  }

  #viewOf(from: number, to: number, start: number): Uint8Array {
    if (from !== this.#viewStart || to !== this.#viewEnd) {
      this.#view = this.#bytes.subarray(start, start + to - from);
      this.#viewStart = from;
      this.#viewEnd = to;
    }
    return this.#view;
  }
}
