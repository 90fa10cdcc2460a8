import type { Block, Runtime } from "@bascule/core";
import { addressOf } from "@bascule/sys";

const STAGING_BYTES = 1 << 20;
const STAGING_KEPT_MAX = 4;
const PAGE_BYTES = 4096;

/** A mebibyte for large transfers. It stays reachable while it is out, and is used again. */
class Staging {
  readonly bytes: Uint8Array;
  readonly address: number;
  readonly byteLength: number = STAGING_BYTES;

  constructor() {
    const buffer = new ArrayBuffer(STAGING_BYTES + PAGE_BYTES);
    const start = addressOf(buffer);
    const skipped = (PAGE_BYTES - (start % PAGE_BYTES)) % PAGE_BYTES;
    this.bytes = new Uint8Array(buffer, skipped, STAGING_BYTES);
    this.address = start + skipped;
  }
}

/** Memory for the kernel, on a page boundary, that nobody else has. */
export type LentMemory = Block | Staging;

const kept: Staging[] = [];

/**
 * Up to `byteLength` bytes: a block of the send pool, or a mebibyte, which only this machine's
 * kernel can reach. Give it back.
 */
export function lend(runtime: Runtime, byteLength: number): LentMemory {
  const { sendPool } = runtime.driver;
  if (byteLength <= sendPool.largeBytes || runtime.driver.system !== undefined)
    return sendPool.take(byteLength);
  return kept.pop() ?? new Staging();
}

/** Takes back what {@link lend} gave, when the kernel has let go of it. */
export function giveBack(runtime: Runtime, memory: LentMemory): void {
  if (memory instanceof Staging) {
    if (kept.length < STAGING_KEPT_MAX) kept.push(memory);
  } else {
    runtime.driver.sendPool.give(memory);
  }
}
