import { describe, expect, test } from "bun:test";
import { moveBuffer } from "./move-buffer.ts";

const POOL = { bytes: new Uint8Array(new ArrayBuffer(32)) };

describe("a buffer that is moved", () => {
  test("is detached in the caller's hands, and keeps its bytes", () => {
    const buffer = Uint8Array.from([1, 2, 3]).buffer;
    const moved = moveBuffer(buffer, "read into", POOL);
    expect([buffer.detached, buffer.byteLength]).toEqual([true, 0]);
    expect(new Uint8Array(moved)).toEqual(Uint8Array.from([1, 2, 3]));
  });

  test("must be an ArrayBuffer", () => {
    const array = new Uint8Array(4);
    const refused: [unknown, string][] = [
      [array, "Uint8Array"],
      [new SharedArrayBuffer(4), "SharedArrayBuffer"],
      [null, "null"],
      ["abcd", "abcd"],
    ];
    for (const [value, name] of refused) {
      expect(() => moveBuffer(value as ArrayBuffer, "write from", POOL)).toThrow(
        new TypeError(`Cannot write from "${name}": pass an ArrayBuffer, which is moved`),
      );
    }
    expect(array.byteLength).toBe(4);
  });

  test("must not have been moved, be empty or be resizable, and is not moved then", () => {
    const detached = new ArrayBuffer(4);
    detached.transfer();
    expect(() => moveBuffer(detached, "read into", POOL)).toThrow(
      new TypeError("Cannot read into the buffer: it is detached (it was moved elsewhere)"),
    );
    const empty = new ArrayBuffer(0);
    expect(() => moveBuffer(empty, "read into", POOL)).toThrow(
      new RangeError("Cannot read into the buffer: it has 0 bytes"),
    );
    const resizable = new ArrayBuffer(4, { maxByteLength: 8 });
    expect(() => moveBuffer(resizable, "read into", POOL)).toThrow(
      new TypeError("Cannot read into the buffer: it is resizable, and could shrink meanwhile"),
    );
    expect([empty.detached, resizable.detached, resizable.byteLength]).toEqual([false, false, 4]);
  });

  test("must not be the driver's own", () => {
    const { buffer } = POOL.bytes;
    expect(() => moveBuffer(buffer, "write", POOL)).toThrow(
      new TypeError(
        "Cannot write the buffer: it is the driver's, which a lease only lends; copy its bytes",
      ),
    );
    expect(POOL.bytes.byteLength).toBe(32);
  });
});
