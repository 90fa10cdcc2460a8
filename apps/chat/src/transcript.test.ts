import { expect, test } from "bun:test";
import { Transcript } from "./transcript.ts";

const BYTES = 64 * 1024;
const decoder = new TextDecoder();

function read(transcript: Transcript, from: number, to: number): string {
  const parts: Uint8Array[] = [];
  transcript.read(from, to, parts);
  return decoder.decode(Buffer.concat(parts));
}

test("read() gives what was appended, from any place", () => {
  const transcript = new Transcript(BYTES);
  transcript.append("one\n");
  const place = transcript.end;
  transcript.append("zwei ü\n");
  expect(read(transcript, 0, transcript.end)).toBe("one\nzwei ü\n");
  expect(read(transcript, place, transcript.end)).toBe("zwei ü\n");
});

test("read() gives a stretch that goes over the ring's end whole", () => {
  const transcript = new Transcript(BYTES);
  transcript.append("x".repeat(BYTES - 3));
  const place = transcript.end;
  transcript.append("abcdef\n");
  expect(read(transcript, place, transcript.end)).toBe("abcdef\n");
});

test("read() gives readers at the same place the same view", () => {
  const transcript = new Transcript(BYTES);
  transcript.append("for all\n");
  const parts: Uint8Array[] = [];
  transcript.read(0, transcript.end, parts);
  transcript.read(0, transcript.end, parts);
  expect(parts[0]).toBe(parts[1] as Uint8Array);
});

test("a ring that cannot hold one line is refused", () => {
  expect(() => new Transcript(BYTES - 1)).toThrow(RangeError);
});
