import { LineTooLongError } from "./errors.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const NOTHING = new Uint8Array();

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Makes lines of chunks of bytes, and knows which bytes belong to lines that nobody has yet. */
export class LineBuffer {
  readonly #bytesMax: number;
  /** What came of a line before the chunk. */
  #begun: Uint8Array[] = [];
  #begunBytes: number = 0;
  #chunk: Uint8Array = NOTHING;
  /** Where in the chunk the lines begin that nobody has taken. */
  #start: number = 0;
  /** The lines that end in the chunk: decoding all of them at once is faster. */
  #lines: string[] = [];
  #taken: number = 0;

  /** @param bytesMax of a line, without its end */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Adds a chunk, once all lines of the one before have been taken. */
  add(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#start = 0;
    this.#taken = 0;
    this.#lines = [];
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < 0) return;
    const first = this.#begunBytes === 0 ? -1 : chunk.indexOf(NEWLINE);
    if (last > first) this.#lines = decoder.decode(chunk.subarray(first + 1, last)).split("\n");
    if (first < 0) return;
    const line = Buffer.concat([...this.#begun, chunk.subarray(0, first)]);
    this.#lines.unshift(decoder.decode(line));
  }

  /**
   * Takes the next line that is whole.
   * @returns null when more has to come first
   * @throws LineTooLongError, also before the end of the line has come
   */
  take(): string | null {
    const line = this.#lines[this.#taken];
    if (line === undefined) {
      this.#keepRest();
      return null;
    }
    const end = this.#chunk.indexOf(NEWLINE, this.#start);
    const isReturned = line.endsWith("\r");
    const byteLength = this.#begunBytes + end - this.#start - (isReturned ? 1 : 0);
    if (byteLength > this.#bytesMax) throw new LineTooLongError(this.#bytesMax);
    this.#taken++;
    this.#start = end + 1;
    this.#forgetBegun();
    return isReturned ? line.slice(0, -1) : line;
  }

  /** Takes what is left at the end of all: a line without an end, or null. */
  takeRest(): string | null {
    if (this.#begunBytes === 0) return null;
    if (this.#begunBytes > this.#bytesMax) throw new LineTooLongError(this.#bytesMax);
    const line = decoder.decode(this.untaken());
    this.#forgetBegun();
    return line;
  }

  /** The bytes of which no line has been taken. */
  untaken(): Uint8Array {
    return Buffer.concat([...this.#begun, this.#chunk.subarray(this.#start)]);
  }

  #keepRest(): void {
    const rest = this.#chunk.subarray(this.#start);
    this.#chunk = NOTHING;
    this.#start = 0;
    if (rest.byteLength === 0) return;
    this.#begun.push(rest);
    this.#begunBytes += rest.byteLength;
    // A return may be half of the line's end.
    const isReturned = rest.at(-1) === RETURN;
    if (this.#begunBytes - (isReturned ? 1 : 0) > this.#bytesMax) {
      throw new LineTooLongError(this.#bytesMax);
    }
  }

  #forgetBegun(): void {
    if (this.#begunBytes === 0) return;
    this.#begun = [];
    this.#begunBytes = 0;
  }
}
