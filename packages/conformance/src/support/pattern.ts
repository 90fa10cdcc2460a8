/**
 * A byte stream in which every byte follows from its offset, so that a lost, doubled or moved
 * stretch is noticed wherever it is. A prime period keeps it out of step with every buffer size.
 */
const PERIOD = 65_521;
const STRETCH = makeStretch();

/** Bytes `offset` to `offset + byteLength` of the stream. */
export function patternBytes(offset: number, byteLength: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(new ArrayBuffer(byteLength));
  for (let at = 0; at < byteLength;) {
    const from = (offset + at) % PERIOD;
    const count = Math.min(PERIOD - from, byteLength - at);
    bytes.set(STRETCH.subarray(from, from + count), at);
    at += count;
  }
  return bytes;
}

/** Checks bytes against the stream, chunk by chunk. */
export class PatternReader {
  offset: number = 0;

  /** @throws when `bytes` is not what comes next */
  take(bytes: Uint8Array): void {
    const expected = patternBytes(this.offset, bytes.byteLength);
    if (Buffer.compare(expected, bytes) !== 0) {
      const wrong = expected.findIndex((byte, index) => bytes[index] !== byte);
      throw new Error(`Byte ${this.offset + wrong} is ${bytes[wrong]}, not ${expected[wrong]}`);
    }
    this.offset += bytes.byteLength;
  }
}

function makeStretch(): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(PERIOD));
  for (let i = 0; i < PERIOD; i++) bytes[i] = (Math.imul(i, 2_654_435_761) >>> 13) & 255;
  return bytes;
}
