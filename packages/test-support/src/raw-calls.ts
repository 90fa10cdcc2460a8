import { closeSync, openSync, writeSync } from "node:fs";
import {
  addressOf,
  connect,
  encodeSocketAddress,
  errnoName,
  readAt,
  readDescriptor,
  SOCKET_ADDRESS_BYTES_MAX,
  type SocketAddress,
  WOULD_BLOCK,
  writeDescriptor,
} from "@bascule/sys";

const STDERR = 2;

/** A result that must not be `-errno`. @throws an error that names it */
export function must(result: number): number {
  if (result < 0) throw new Error(errnoName(result));
  return result;
}

/** Memory with text in it, allocated as an ArrayBuffer first so that it stays where it is. */
export function memoryOf(text: string): ArrayBuffer {
  const memory = new ArrayBuffer(text.length);
  new Uint8Array(memory).set(Buffer.from(text, "latin1"));
  return memory;
}

/** What a call works on: neither an address nor a variable that is not read again keeps it. */
const inUse: Set<ArrayBuffer> = new Set();

/** Makes a plain system call on memory, which is kept until it has returned. */
export function callWith<T>(memory: ArrayBuffer, call: (address: number) => T): T {
  inUse.add(memory);
  try {
    return call(addressOf(memory));
  } finally {
    inUse.delete(memory);
  }
}

/** Writes all of a text with a plain system call. */
export function writeText(fd: number, text: string): void {
  const memory = memoryOf(text);
  const length = memory.byteLength;
  const written = must(callWith(memory, (address) => writeDescriptor(fd, address, length)));
  if (written !== length) throw new Error(`Only ${written} bytes were written`);
}

/** Reads what is there, up to 64 KiB; or the error. */
export function readSome(fd: number, max: number = 65536): Uint8Array | number {
  const memory = new ArrayBuffer(max);
  const count = callWith(memory, (address) => readDescriptor(fd, address, max));
  return count < 0 ? count : new Uint8Array(memory, 0, count);
}

/**
 * Whether a file that was just written is read at once, without a thread or the ring: file systems
 * such as tmpfs and overlayfs cannot. Says so when it is not.
 */
export function isReadAtOnce(path: string): boolean {
  const fd = openSync(path, "r");
  const result = callWith(new ArrayBuffer(1), (address) =>
    readAt.attempt({ fd, address, length: 1, offset: 0, flags: 0 }),
  );
  closeSync(fd);
  if (result !== WOULD_BLOCK) return true;
  // Not by process.stderr, which opens a descriptor at its first use.
  writeSync(STDERR, "not run: reads at once, which the temporary folder does not have\n");
  return false;
}

/** Begins to connect with a plain system call. @returns 0, WOULD_BLOCK or `-errno` */
export function connectRaw(fd: number, to: SocketAddress): number {
  const memory = encoded(to);
  const length = memory.byteLength;
  return callWith(memory, (address) =>
    connect.attempt({ fd, address, length, offset: 0, flags: 0 }),
  );
}

/** An address as the kernel reads it. */
export function encoded(to: SocketAddress): ArrayBuffer {
  const bytes = new Uint8Array(new ArrayBuffer(SOCKET_ADDRESS_BYTES_MAX));
  const length = encodeSocketAddress(to, bytes);
  return bytes.buffer.slice(0, length);
}
