const encoder = new TextEncoder();

const ZERO = 48;
const MINUS = 45;
const POINT = 46;
const DURATION = encoder.encode(',"dur":');
const INT32_END = 2 ** 31;
/** `000` to `999`, one after the other. */
const DIGITS: Uint8Array = encoder.encode(
  Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, "0")).join(""),
);

/** The bytes of a text, to be appended many times. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * Appends JSON to a buffer byte by byte. A trace has several events per message of a busy server;
 * building strings of them would cost as much as the server does.
 */
export class ByteWriter {
  readonly bytes: Uint8Array;
  length: number = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(new ArrayBuffer(capacity));
  }

  /** Whether `count` bytes more would fit. */
  hasRoom(count: number): boolean {
    return this.length + count <= this.bytes.byteLength;
  }

  append(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.length);
    this.length += bytes.byteLength;
  }

  /** A whole number, in decimal. */
  integer(value: number): void {
    if (value >= 0 && value < 1000) {
      this.#leading(value);
      return;
    }
    if (value < 0) {
      this.bytes[this.length++] = MINUS;
      this.integer(-value);
      return;
    }
    const thousands = Math.floor(value / 1000);
    this.integer(thousands);
    this.#three(value - thousands * 1000);
  }

  /** The value of `"ts"`, which has been begun, and a whole `"dur"`. */
  span(startMs: number, endMs: number): void {
    this.micros(startMs);
    const { bytes, length } = this;
    for (let at = 0; at < DURATION.byteLength; at++) bytes[length + at] = DURATION[at] ?? 0;
    this.length = length + DURATION.byteLength;
    this.micros(endMs - startMs);
  }

  /** Milliseconds as microseconds with three decimals, as traces have them; negative ones as 0. */
  micros(ms: number): void {
    const nanos = Math.max(Math.round(ms * 1_000_000), 0);
    const micros = Math.floor(nanos / 1000);
    if (micros < INT32_END) this.#small(micros | 0);
    else this.integer(micros);
    this.bytes[this.length++] = POINT;
    this.#three(nanos - micros * 1000);
  }

  /** As {@link integer}, for 31 bits: with whole divisions throughout. */
  #small(value: number): void {
    if (value < 1000) {
      this.#leading(value);
      return;
    }
    const thousands = (value / 1000) | 0;
    if (thousands < 1000) {
      this.#leading(thousands);
    } else {
      const millions = (thousands / 1000) | 0;
      if (millions < 1000) this.#leading(millions);
      else this.#small(millions);
      this.#three(thousands - millions * 1000);
    }
    this.#three(value - thousands * 1000);
  }

  #leading(value: number): void {
    if (value >= 100) {
      this.#three(value);
    } else if (value >= 10) {
      this.bytes[this.length] = DIGITS[value * 3 + 1] ?? 0;
      this.bytes[this.length + 1] = DIGITS[value * 3 + 2] ?? 0;
      this.length += 2;
    } else {
      this.bytes[this.length++] = ZERO + value;
    }
  }

  #three(value: number): void {
    const { bytes, length } = this;
    const at = value * 3;
    bytes[length] = DIGITS[at] ?? 0;
    bytes[length + 1] = DIGITS[at + 1] ?? 0;
    bytes[length + 2] = DIGITS[at + 2] ?? 0;
    this.length = length + 3;
  }
}
