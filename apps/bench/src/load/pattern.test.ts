import { expect, test } from "bun:test";
import { Pattern } from "./pattern.ts";

const CONNECTION = 3;
const pattern = new Pattern(4096);

/** What an honest server would send back, at some place of a receive pool. */
function echoed(offset: number, length: number, at: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(8192));
  for (let i = 0; i < length; i++) bytes[at + i] = byteOf(offset + i);
  return bytes;
}

/** Found by asking, since the pattern shows its bytes to nobody. */
function byteOf(offset: number): number {
  const probe = new Uint8Array(new ArrayBuffer(4));
  for (let value = 0; value < 256; value++) {
    probe[0] = value;
    if (pattern.matches(CONNECTION, offset, probe, new Int32Array(probe.buffer), 0, 1))
      return value;
  }
  throw new Error(`No byte fits offset ${offset}`);
}

function matches(bytes: Uint8Array, offset: number, at: number, length: number): boolean {
  const words = new Int32Array(bytes.buffer as ArrayBuffer);
  return pattern.matches(CONNECTION, offset, bytes, words, at, length);
}

test("what was sent is recognised at every alignment, across the end of the pattern too", () => {
  for (const offset of [0, 1, 64, 4 * 8191 - 40, 4 * 8191 * 5 - 3]) {
    for (const at of [0, 1, 2, 256]) {
      expect(matches(echoed(offset, 100, at), offset, at, 100)).toBe(true);
    }
  }
});

test("one wrong byte anywhere is noticed", () => {
  for (let wrong = 0; wrong < 67; wrong++) {
    const bytes = echoed(128, 67, 0);
    bytes[wrong] = (bytes[wrong] ?? 0) ^ 1;
    expect(matches(bytes, 128, 0, 67)).toBe(false);
  }
});

test("a message of another offset or another connection is noticed", () => {
  const bytes = echoed(640, 64, 0);
  const words = new Int32Array(bytes.buffer as ArrayBuffer);
  expect(matches(bytes, 640 + 64, 0, 64)).toBe(false);
  expect(matches(bytes, 640 - 64, 0, 64)).toBe(false);
  expect(pattern.matches(CONNECTION + 1, 640, bytes, words, 0, 64)).toBe(false);
});
