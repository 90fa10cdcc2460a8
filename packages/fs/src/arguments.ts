import { argumentTypeError, argumentValueError, rangeError } from "./errors.ts";

/** An offset in a file, or a length: a whole number from 0 up to 2^53 - 1. */
export function checkOffset(value: number, name: string): number {
  if (typeof value !== "number") throw argumentTypeError(name, value, "of type number");
  if (!Number.isSafeInteger(value) || value < 0) {
    throw rangeError(name, value, "an integer >= 0 && <= 9007199254740991");
  }
  return value;
}

/** Bytes of memory to read into: 1 to 2^31 - 4096, the most that one read(2) gives. */
export function checkLength(value: number, name: string, min: 0 | 1 = 1): number {
  if (typeof value !== "number") throw argumentTypeError(name, value, "of type number");
  if (!Number.isInteger(value) || value < min || value > 0x7ffff000) {
    throw rangeError(name, value, `an integer >= ${min} && <= 2147479552`);
  }
  return value;
}

/** Where positional reads and writes go; -1 is the file's own position. */
export function checkAt(at: number | undefined): number {
  return at === undefined ? -1 : checkOffset(at, "at");
}

/** Takes a buffer over: the caller's handle is detached, and every use of it throws. */
export function moveBuffer(buffer: ArrayBuffer, action: string): ArrayBuffer {
  if (!(buffer instanceof ArrayBuffer)) {
    throw new TypeError(
      `Cannot ${action} "${Bun.inspect(buffer).slice(0, 64)}": pass an ArrayBuffer, which is moved`,
    );
  }
  if (buffer.byteLength === 0) {
    if (buffer.detached) {
      throw new TypeError(`Cannot ${action} the buffer: it is detached (it was moved elsewhere)`);
    }
    throw new RangeError(`Cannot ${action} the buffer: it has 0 bytes`);
  }
  if (buffer.resizable) {
    throw new TypeError(`Cannot ${action} the buffer: it is resizable, and could shrink meanwhile`);
  }
  return buffer.transfer();
}

/** What can be written: bytes in any kind of view, or text. */
export type FileData = string | NodeJS.ArrayBufferView | ArrayBuffer;

/** The bytes of what a program may write; text is encoded, UTF-8 unless it is said otherwise. */
export function toBytes(data: FileData, encoding: BufferEncoding = "utf8"): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, encoding);
  if (data instanceof ArrayBuffer) {
    if (data.detached) throw detachedError();
    return new Uint8Array(data);
  }
  if (!ArrayBuffer.isView(data)) {
    const expected = "of type string or an instance of Buffer, TypedArray, or DataView";
    throw argumentTypeError("data", data, expected);
  }
  if (data.byteLength === 0 && (data.buffer as ArrayBuffer).detached) throw detachedError();
  if (data instanceof Uint8Array) return data;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** An encoding that Buffer knows; undefined for bytes. */
export function checkEncoding(encoding: string | null | undefined): BufferEncoding | undefined {
  if (encoding === null || encoding === undefined || encoding === "buffer") return undefined;
  if (!Buffer.isEncoding(encoding)) {
    throw argumentValueError("encoding", encoding, "is invalid encoding");
  }
  return encoding;
}

function detachedError(): TypeError {
  return new TypeError("Cannot write the data: its buffer is detached (it was moved elsewhere)");
}
