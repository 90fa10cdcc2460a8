import { expect, test } from "bun:test";
import fc from "fast-check";
import { ByteWriter, bytesOf } from "./byte-writer.ts";

function written(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter(64);
  write(writer);
  return new TextDecoder().decode(writer.bytes.subarray(0, writer.length));
}

test("whole numbers are written as JavaScript writes them", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(written((writer) => writer.integer(value))).toBe(String(value));
    }),
  );
  for (const value of [0, 9, 10, 99, 100, 999, 1000, 1001, 999_999, 1_000_000, -1, -125]) {
    expect(written((writer) => writer.integer(value))).toBe(String(value));
  }
});

test("milliseconds are written as microseconds with three decimals", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 15 }), (nanos) => {
      const text = `${Math.floor(nanos / 1000)}.${String(nanos % 1000).padStart(3, "0")}`;
      // A thousandth of a microsecond is what a double of milliseconds holds for 100 days.
      expect(Number(written((writer) => writer.micros(nanos / 1e6)))).toBeCloseTo(Number(text), 2);
    }),
  );
  const cases: [number, string][] = [
    [0, "0.000"],
    [-1, "0.000"],
    [0.000001, "0.001"],
    [1, "1000.000"],
    [0.0999999, "100.000"],
    [2_147_483.647, "2147483647.000"],
    [2_147_483.648, "2147483648.000"],
    [1_234_567.891234, "1234567891.234"],
  ];
  for (const [ms, text] of cases) expect(written((writer) => writer.micros(ms))).toBe(text);
});

test("a span is its beginning and its length", () => {
  expect(written((writer) => writer.span(1.5, 4))).toBe('1500.000,"dur":2500.000');
});

test("texts follow one another, and room is told", () => {
  const writer = new ByteWriter(6);
  writer.append(bytesOf("añ"));
  expect([writer.hasRoom(3), writer.hasRoom(4)]).toEqual([true, false]);
  writer.append(bytesOf("abc"));
  expect(new TextDecoder().decode(writer.bytes)).toBe("añabc");
});
