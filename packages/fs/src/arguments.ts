import type { WaitOptions } from "@bascule/core";
import { argumentTypeError, argumentValueError, rangeError } from "./errors.ts";

const MODE_MAX = 7;

/** An offset in a file, or a length: a whole number from 0 up to 2^53 - 1. */
export function checkOffset(value: number, name: string): number {
  if (typeof value !== "number") throw argumentTypeError(name, value, "of type number");
  if (!Number.isSafeInteger(value) || value < 0) {
    throw rangeError(name, value, "an integer >= 0 && <= 9007199254740991");
  }
  return value;
}

/** The length that a file is to have; as in Node, what is below 0 is 0. */
export function checkFileLength(value: number, name: string): number {
  return checkOffset(Number.isInteger(value) && value < 0 ? 0 : value, name);
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

/** A signal is an AbortSignal, or what looks like one and can be listened to. */
export function checkSignal(options: WaitOptions | undefined): void {
  // Who has no options may say null, as in Node.
  const signal: unknown = options?.signal;
  if (signal === undefined) return;
  if (typeof signal === "object" && signal !== null && "aborted" in signal) {
    if ("addEventListener" in signal && typeof signal.addEventListener === "function") return;
  }
  throw argumentTypeError("options.signal", signal, "an instance of AbortSignal");
}

/** Options that cannot be left out, or were not. */
export function checkObject(value: unknown, name: string): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw argumentTypeError(name, value, "of type object");
}

/** An option that is true or false, or left out. */
export function checkBoolean(value: unknown, name: string): void {
  if (value === undefined || typeof value === "boolean") return;
  throw argumentTypeError(name, value, "of type boolean");
}

/** Options in Node's two shapes, an object or an encoding; left out, `none`. */
export function encodingSettings<T extends { encoding?: string | null | undefined }>(
  options: T | string | null | undefined,
  none: T,
): T {
  if (options === undefined || options === null) return none;
  if (typeof options === "string") return { ...none, encoding: options };
  if (typeof options === "object") return options;
  throw argumentTypeError("options", options, "one of type string or object");
}

/** What access(2) or a copy may be asked for: bits of three; 0 when it is left out. */
export function checkModeBits(value: number | null | undefined): number {
  const mode: unknown = value ?? 0;
  if (typeof mode !== "number") throw argumentTypeError("mode", mode, "of type number");
  if (Number.isInteger(mode) && mode >= 0 && mode <= MODE_MAX) return mode;
  throw rangeError("mode", mode, `an integer >= 0 && <= ${MODE_MAX}`);
}

/** An encoding that Buffer knows; undefined for bytes. */
export function checkEncoding(encoding: string | null | undefined): BufferEncoding | undefined {
  if (encoding === null || encoding === undefined || encoding === "") return undefined;
  if (encoding === "buffer") return undefined;
  if (!Buffer.isEncoding(encoding)) {
    throw argumentValueError("encoding", encoding, "is invalid encoding");
  }
  return encoding;
}

function detachedError(): TypeError {
  return new TypeError("Cannot write the data: its buffer is detached (it was moved elsewhere)");
}
