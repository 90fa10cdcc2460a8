import { describe, expect, test } from "bun:test";
import { checkBacklog, checkByteCount, checkLinger, checkPort, toBytes } from "./arguments.ts";

describe("what is written", () => {
  test("a string becomes UTF-8, and an array is itself", () => {
    expect(toBytes("è€𝄞")).toEqual(Uint8Array.from(Buffer.from("è€𝄞")));
    expect(toBytes("").byteLength).toBe(0);
    for (const bytes of [new Uint8Array(3), new Uint8Array(), Buffer.from("abc").subarray(1)]) {
      expect(toBytes(bytes)).toBe(bytes);
    }
  });

  test("of anything else the refusal says what it was", () => {
    const refused: [unknown, string][] = [
      [5, "5"],
      [null, "null"],
      [undefined, "undefined"],
      [true, "true"],
      [{}, "Object"],
      [Object.create(null), "object"],
      [new ArrayBuffer(1), "ArrayBuffer"],
      [new Uint16Array(1), "Uint16Array"],
      [new DataView(new ArrayBuffer(1)), "DataView"],
    ];
    for (const [value, name] of refused) {
      const wanted = "pass a Uint8Array, a string or an array of Uint8Arrays";
      expect(() => toBytes(value as string)).toThrow(
        new TypeError(`Cannot write "${name}": ${wanted}`),
      );
    }
  });

  test("an array whose buffer was moved elsewhere is refused, not taken as empty", () => {
    const bytes = new Uint8Array(new ArrayBuffer(8));
    bytes.buffer.transfer();
    expect(() => toBytes(bytes)).toThrow(
      new TypeError("Cannot write the array: its buffer is detached (it was moved elsewhere)"),
    );
  });
});

test("a count of bytes is a whole number, 1 or more, or 0 where that makes sense", () => {
  expect(checkByteCount(0, "byteLength", 0)).toBe(0);
  expect(() => checkByteCount(-1, "byteLength", 0)).toThrow("bytes, 0 or more");
  for (const count of [1, 65_536, Number.MAX_SAFE_INTEGER]) {
    expect(checkByteCount(count, "max")).toBe(count);
  }
  for (const count of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 53, "5", null, undefined]) {
    expect(() => checkByteCount(count as number, "max")).toThrow(
      new RangeError(`Cannot use max "${count}": pass a whole number of bytes, 1 or more`),
    );
  }
});

test("a linger time is 0 or more, and may be endless", () => {
  expect([0, 0.5, Infinity].map(checkLinger)).toEqual([0, 0.5, Infinity]);
  for (const lingerMs of [-1, Number.NaN, "5"]) {
    expect(() => checkLinger(lingerMs as number)).toThrow(
      new RangeError(`Cannot use lingerMs "${lingerMs}": pass milliseconds, 0 or more`),
    );
  }
});

test("a port is a whole number up to 65535, and 0 only to listen on", () => {
  for (const port of [1, 80, 65_535]) expect(checkPort(port, 1)).toBe(port);
  expect(checkPort(0, 0)).toBe(0);
  for (const port of [-1, 0, 65_536, 1.5, Number.NaN, "80", null, undefined]) {
    expect(() => checkPort(port as number, 1)).toThrow(
      new RangeError(`Cannot use port "${port}": pass a whole number from 1 to 65535`),
    );
  }
  expect(() => checkPort(-1, 0)).toThrow("pass a whole number from 0 to 65535");
});

test("a backlog is a whole number, 1 or more, and never more than a C int", () => {
  expect([1, 4096, 2 ** 31, 2 ** 53].map(checkBacklog)).toEqual([
    1,
    4096,
    2 ** 31 - 1,
    2 ** 31 - 1,
  ]);
  for (const backlog of [0, -1, 1.5, Number.NaN, Infinity, "5", null]) {
    expect(() => checkBacklog(backlog as number)).toThrow(
      new RangeError(`Cannot use backlog "${backlog}": pass a whole number, 1 or more`),
    );
  }
});
