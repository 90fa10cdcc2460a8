import { iteratorOf, spendBudget, Turns, type WaitOptions, yieldNow } from "@bascule/core";
import { checkByteCount } from "./arguments.ts";
import { LineTooLongError } from "./errors.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const MAX_BYTES = 64 * 1024;
const EMPTY = new Uint8Array();

/** Where a line reader gets its bytes: a socket, or anything that reads like one. */
export interface ByteSource {
  read(options?: WaitOptions): Promise<Uint8Array | null>;
}

/** Options of `lines`. */
export interface LineReaderOptions {
  /** Longest line, without its end; 64 KiB. */
  maxBytes?: number;
  /** Turns the bytes of a line into text; UTF-8 by default, with U+FFFD for what is not. */
  decode?: (bytes: Uint8Array) => string;
}

/**
 * Reads lines that end in `\n` or `\r\n`. What comes after the last line end counts as a line when
 * the peer closes its side. Wait by wait (`next`), or with `for await`.
 *
 * An aborted `next` loses nothing: bytes stay in the socket, and the beginning of a line stays
 * here. Several that wait get their lines in turn. Use one reader per socket, and do not mix it
 * with `read`: the reader may hold bytes of the next line.
 */
export class LineReader implements AsyncIterable<string> {
  readonly #source: ByteSource;
  readonly #maxBytes: number;
  readonly #decode: (bytes: Uint8Array) => string;
  /** Of those who wait for a line. */
  readonly #turns: Turns = new Turns();
  /** Bytes that came and belong to no line yet, from `#start`. */
  #pending: Uint8Array = EMPTY;
  /** What `#pending` is the beginning of, with room behind it; empty when it has none. */
  #memory: Uint8Array = EMPTY;
  #start: number = 0;
  /** How far `#pending` has been searched for a line end. */
  #searched: number = 0;
  #skipping: boolean = false;
  #ended: boolean = false;

  constructor(source: ByteSource, options: LineReaderOptions = {}) {
    this.#source = source;
    this.#maxBytes = checkByteCount(options.maxBytes ?? MAX_BYTES, "maxBytes");
    this.#decode = options.decode ?? decodeUtf8;
  }

  /**
   * The next line without its end; null after the last.
   * @throws (rejects) LineTooLongError, and goes on with the line after it; otherwise as the
   *   socket's `read`. Abort rejects with the reason.
   */
  next(options?: WaitOptions): Promise<string | null> {
    try {
      const line = this.#lineNow(options);
      if (line !== null) return Promise.resolve(line);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#turns.run(() => this.#readLine(options), options);
  }

  /** For `for await`. A `next` of it that was aborted, or lost a `select`, may be asked again. */
  [Symbol.asyncIterator](): AsyncIterableIterator<string, undefined> {
    return iteratorOf(async () => {
      const line = this.#lineNow() ?? (await this.next());
      return line === null ? { done: true, value: undefined } : { done: false, value: line };
    });
  }

  /** A line that has come whole, unless somebody else is to have it; else null. */
  #lineNow(options?: WaitOptions): string | null {
    if (this.#start >= this.#pending.byteLength || this.#turns.isTaken) return null;
    return spendBudget(options) ? this.#takeLine() : null;
  }

  async #readLine(options: WaitOptions | undefined): Promise<string | null> {
    // A line that is here already is no way round an abort or a spent budget.
    if (this.#ended || this.#pending.includes(NEWLINE, this.#searched)) await yieldNow(options);
    for (;;) {
      const line = this.#takeLine();
      if (line !== null) return line;
      if (this.#ended) return this.#takeRest();
      const bytes = await this.#source.read(options);
      // From here to the next `await` nothing can be aborted: the bytes are kept whole.
      if (bytes === null) this.#ended = true;
      else this.#append(bytes);
    }
  }

  #append(bytes: Uint8Array): void {
    const { byteLength } = this.#pending;
    const rest = byteLength - this.#start;
    if (rest === 0) {
      this.#drop();
      this.#pending = bytes;
    } else if (this.#memory.byteLength - byteLength >= bytes.byteLength) {
      this.#memory.set(bytes, byteLength);
      this.#pending = this.#memory.subarray(0, byteLength + bytes.byteLength);
    } else {
      this.#join(rest, bytes);
    }
  }

  /**
   * A line whose end has not come gets room for as much again: it would be copied once more for
   * each of its pieces.
   */
  #join(rest: number, bytes: Uint8Array): void {
    const total = rest + bytes.byteLength;
    this.#memory = new Uint8Array(bytes.includes(NEWLINE) ? total : 2 * total);
    this.#memory.set(this.#pending.subarray(this.#start));
    this.#memory.set(bytes, rest);
    this.#pending = this.#memory.subarray(0, total);
    this.#searched -= this.#start;
    this.#start = 0;
  }

  /** A whole line from what is pending, or null. */
  #takeLine(): string | null {
    for (;;) {
      const end = this.#pending.indexOf(NEWLINE, this.#searched);
      if (end < 0) {
        this.#searched = this.#pending.byteLength;
        this.#checkUnended();
        return null;
      }
      const start = this.#start;
      this.#start = end + 1;
      this.#searched = end + 1;
      if (this.#skipping) {
        this.#skipping = false;
        continue;
      }
      return this.#text(start, end);
    }
  }

  /** A line that is too long before its end has come is dropped as it comes. */
  #checkUnended(): void {
    if (this.#skipping) {
      this.#drop();
    } else if (this.#pending.byteLength - this.#start > this.#maxBytes + 1) {
      this.#skipping = true;
      this.#drop();
      throw new LineTooLongError(this.#maxBytes);
    }
  }

  #drop(): void {
    this.#pending = EMPTY;
    this.#memory = EMPTY;
    this.#start = 0;
    this.#searched = 0;
  }

  #takeRest(): string | null {
    const start = this.#start;
    const end = this.#pending.byteLength;
    if (this.#skipping || start === end) return null;
    this.#start = end;
    this.#searched = end;
    return this.#text(start, end);
  }

  #text(start: number, end: number): string {
    const bytes = this.#pending;
    const hasReturn = end > start && bytes[end - 1] === CARRIAGE_RETURN;
    const textEnd = hasReturn ? end - 1 : end;
    if (textEnd - start > this.#maxBytes) throw new LineTooLongError(this.#maxBytes);
    return this.#decode(bytes.subarray(start, textEnd));
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
