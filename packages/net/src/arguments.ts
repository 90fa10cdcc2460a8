import { checkSignal } from "@bascule/core";

const encoder = new TextEncoder();
/** What listen(2) can be told; the system goes on to bound it as it likes. */
const BACKLOG_MAX = 2 ** 31 - 1;

/** The bytes of what a program may write; strings become UTF-8. */
export function toBytes(data: Uint8Array | string): Uint8Array {
  return typeof data === "string" ? encoder.encode(data) : checkBytes(data);
}

/** The bytes of what a program may send as one datagram; strings become UTF-8. */
export function toDatagram(data: Uint8Array | string): Uint8Array {
  if (typeof data === "string") return encoder.encode(data);
  if (data instanceof Uint8Array) return checkBytes(data);
  throw new TypeError(`Cannot send "${describe(data)}": pass a Uint8Array or a string`);
}

/** An array of bytes that a program may write. */
export function checkBytes(data: Uint8Array): Uint8Array {
  if (data instanceof Uint8Array) {
    // Asking a small array for its buffer makes it one, which costs more than the write.
    if (data.byteLength === 0 && (data.buffer as ArrayBuffer).detached) {
      throw new TypeError(
        "Cannot write the array: its buffer is detached (it was moved elsewhere)",
      );
    }
    return data;
  }
  throw new TypeError(
    `Cannot write "${describe(data)}": pass a Uint8Array, a string or an array of Uint8Arrays`,
  );
}

/** A count of bytes. */
export function checkByteCount(value: number, name: string, min: 0 | 1 = 1): number {
  if (!Number.isSafeInteger(value) || value < min) {
    throw new RangeError(
      `Cannot use ${name} "${value}": pass a whole number of bytes, ${min} or more`,
    );
  }
  return value;
}

/** How long closing may take: milliseconds, 0 or more. */
export function checkLinger(lingerMs: number): number {
  if (typeof lingerMs !== "number" || !(lingerMs >= 0)) {
    throw new RangeError(`Cannot use lingerMs "${lingerMs}": pass milliseconds, 0 or more`);
  }
  return lingerMs;
}

/** Before a socket is made: the signal of a connect is one, and not aborted yet. */
export function checkConnectSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  checkSignal(signal, "connect");
  signal.throwIfAborted();
}

/** A port that can be listened on or connected to. */
export function checkPort(port: number, min: 0 | 1): number {
  if (!Number.isInteger(port) || port < min || port > 65_535) {
    throw new RangeError(`Cannot use port "${port}": pass a whole number from ${min} to 65535`);
  }
  return port;
}

/** How many routers a datagram may pass. */
export function checkHops(hops: number, min: 0 | 1): number {
  if (!Number.isInteger(hops) || hops < min || hops > 255) {
    throw new RangeError(`Cannot use ${hops} hops: pass a whole number from ${min} to 255`);
  }
  return hops;
}

/** How many connections may wait in the kernel. */
export function checkBacklog(backlog: number): number {
  if (!Number.isInteger(backlog) || backlog < 1) {
    throw new RangeError(`Cannot use backlog "${backlog}": pass a whole number, 1 or more`);
  }
  return Math.min(backlog, BACKLOG_MAX);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object"
    ? (value.constructor?.name ?? "object")
    : String(value).slice(0, 40);
}
