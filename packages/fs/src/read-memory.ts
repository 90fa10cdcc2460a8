import type { Runtime } from "@bascule/core";
import { addressOfBytes, allocateBuffer, allocateBytes, FIXED_BYTES_MIN } from "@bascule/sys";
import { systemOf } from "./system.ts";

/**
 * Memory of the caller's own to read into, which stays where it is. It may hold anything: give away
 * only what has been read, with {@link keepRead}.
 */
export function memoryToRead(runtime: Runtime, byteLength: number): Uint8Array {
  // Small arrays move unless they are made of an ArrayBuffer, and only this machine's kernel can
  // reach what has none.
  if (byteLength < FIXED_BYTES_MIN || runtime.driver.system !== undefined) {
    return new Uint8Array(new ArrayBuffer(byteLength));
  }
  return allocateBytes(byteLength);
}

/** As {@link memoryToRead}, a Buffer. */
export function bufferToRead(runtime: Runtime, byteLength: number): Buffer {
  if (byteLength < FIXED_BYTES_MIN || runtime.driver.system !== undefined) {
    return Buffer.from(new ArrayBuffer(byteLength));
  }
  return allocateBuffer(byteLength);
}

/** Where memory of {@link memoryToRead} is, an ArrayBuffer, or an array that was made of one. */
export function addressToRead(runtime: Runtime, memory: Uint8Array | ArrayBuffer): number {
  if (runtime.driver.system === undefined) return addressOfBytes(memory);
  const system = systemOf(runtime);
  if (memory instanceof ArrayBuffer) return system.addressOf(memory);
  return system.addressOf(memory.buffer as ArrayBuffer) + memory.byteOffset;
}

/** What has been read, and nothing of what was in the memory before. */
export function keepRead(bytes: Uint8Array, count: number): Uint8Array {
  return count === bytes.byteLength ? bytes : bytes.slice(0, count);
}
