import { ptr, toArrayBuffer } from "bun:ffi";
import { libc, orErrno } from "./libc.ts";
import { systemError } from "./system-error.ts";

const PROT_READ_WRITE = 3;
const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_ANONYMOUS = 0x20;
const MAP_POPULATE = 0x8000;

/** Memory outside the garbage collector's reach: it never moves, and stays until it is unmapped. */
export interface MappedMemory {
  /** Aliases the mapping. Make views of it; never transfer it. */
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array;
  /** Where the mapping begins, for system calls. */
  readonly address: number;
  readonly byteLength: number;
  /**
   * Gives the memory back with munmap(2). Every view of it has length 0 from then on, so that a
   * late access from JavaScript reads `undefined` rather than memory of somebody else. The kernel
   * has no such guard: nothing may be in flight. Calling it again does nothing.
   */
  unmap(): void;
}

class Mapping implements MappedMemory {
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array;
  readonly address: number;
  readonly byteLength: number;

  constructor(address: number, byteLength: number) {
    this.address = address;
    this.byteLength = byteLength;
    this.buffer = toArrayBuffer(address, 0, byteLength);
    this.bytes = new Uint8Array(this.buffer);
  }

  unmap(): void {
    if (this.buffer.detached) return;
    // Detaching comes first: from here on no view can reach the pages that are about to go.
    this.buffer.transfer();
    const result = orErrno(libc().munmap(this.address, this.byteLength));
    if (result < 0) throw systemError("munmap", result);
  }
}

/**
 * Maps zeroed private memory with mmap(2), rounded up to whole pages by the kernel.
 *
 * @param byteLength 1 to 2^31 - 1
 * @throws {RangeError} when `byteLength` is not such a number
 * @throws {Error} with `code` `ENOMEM` when the kernel has no memory, in Node's shape
 */
export function mapMemory(byteLength: number): MappedMemory {
  const mapped = map(byteLength, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (typeof mapped === "number") throw systemError("mmap", mapped);
  return mapped;
}

/**
 * Maps a descriptor's memory (an io_uring's rings) shared, with mmap(2).
 * @returns the mapping, or `-errno`
 */
export function mapDescriptor(
  fd: number,
  byteLength: number,
  offset: number,
): MappedMemory | number {
  return map(byteLength, MAP_SHARED | MAP_POPULATE, fd, offset);
}

function map(byteLength: number, flags: number, fd: number, offset: number): Mapping | number {
  if (!Number.isInteger(byteLength) || byteLength < 1 || byteLength > 0x7fffffff) {
    throw new RangeError(`Cannot map memory: byte length must be 1 to 2147483647: ${byteLength}`);
  }
  const address = orErrno(libc().mmap(0, byteLength, PROT_READ_WRITE, flags, fd, offset));
  return address < 0 ? address : new Mapping(address, byteLength);
}

/**
 * The address of an ArrayBuffer's first byte. The address keeps nothing alive and belongs to the
 * ArrayBuffer: whoever hands it to the kernel keeps the ArrayBuffer reachable until the final
 * completion. Views are refused, because a small typed array may move when its buffer is first
 * asked for; allocate `new ArrayBuffer(n)` first and make views of it.
 *
 * @throws {TypeError} when given a view, or a detached, shared or resizable buffer
 * @throws {RangeError} when the buffer is empty: nothing has no address
 */
export function addressOf(buffer: ArrayBuffer): number {
  if (!(buffer instanceof ArrayBuffer)) {
    throw new TypeError("Cannot take an address: the argument must be an ArrayBuffer, not a view");
  }
  if (buffer.detached) throw new TypeError("Cannot take an address: the ArrayBuffer is detached");
  if (buffer.resizable) throw new TypeError("Cannot take an address: the ArrayBuffer is resizable");
  if (buffer.byteLength === 0) throw new RangeError("Cannot take an address: the buffer is empty");
  return ptr(buffer);
}

/** Arrays of so many bytes lie outside the engine's own heap, which moves what is in it. */
export const FIXED_BYTES_MIN = 1024;

/**
 * An array of the caller's own that stays where it is, with whatever was in that memory before:
 * clearing it costs more than a small read. Hand on only what has been filled since.
 * @param byteLength {@link FIXED_BYTES_MIN} or more
 * @throws {RangeError} when `byteLength` is less, or there is no such amount of memory
 */
export function allocateBytes(byteLength: number): Uint8Array {
  checkFixed(byteLength);
  return Bun.allocUnsafe(byteLength);
}

/** As {@link allocateBytes}, a Buffer. */
export function allocateBuffer(byteLength: number): Buffer {
  checkFixed(byteLength);
  return Buffer.allocUnsafeSlow(byteLength);
}

/**
 * The address of an array's first byte: of one of {@link allocateBytes}, or one that was made of an
 * ArrayBuffer, or that itself. A small array of its own would move, and nothing is checked: for
 * buffers that a program brings there is {@link addressOf}.
 */
export function addressOfBytes(bytes: Uint8Array | ArrayBuffer): number {
  return ptr(bytes);
}

function checkFixed(byteLength: number): void {
  if (byteLength >= FIXED_BYTES_MIN) return;
  throw new RangeError(
    `Cannot allocate ${byteLength} bytes that stay: ask for ${FIXED_BYTES_MIN} or more`,
  );
}
