import { type Block, InvariantError, type SendPool } from "@bascule/core";
import { findDamage, poisonBytes } from "./canary.ts";
import type { Memory } from "./memory.ts";

const SMALL_BYTES = 4096;
const LARGE_BYTES = 65_536;

/** Poisoned memory of runs that are over, for the next: allocating it anew would take longest. */
const spare: Readonly<Record<number, Uint8Array[]>> = { [SMALL_BYTES]: [], [LARGE_BYTES]: [] };

/**
 * Send memory with canaries: a block that comes back is poisoned, and one that goes out again must
 * still be. Whoever writes to a block after giving it back is found out.
 */
export class SendBlocks implements SendPool {
  readonly smallBytes: number = SMALL_BYTES;
  readonly largeBytes: number = LARGE_BYTES;
  taken: number = 0;
  readonly #memory: Memory;
  readonly #small: Block[] = [];
  readonly #large: Block[] = [];

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  take(byteLength: number): Block {
    const size = byteLength <= SMALL_BYTES ? SMALL_BYTES : LARGE_BYTES;
    const block = (size === SMALL_BYTES ? this.#small : this.#large).pop() ?? this.#make(size);
    checkCanary(block);
    block.taken = true;
    this.taken++;
    return block;
  }

  give(block: Block): void {
    if (!block.taken) {
      throw new InvariantError(`Send block at ${block.address} is given back twice`);
    }
    block.taken = false;
    this.taken--;
    poisonBytes(block.bytes);
    (block.byteLength === SMALL_BYTES ? this.#small : this.#large).push(block);
  }

  /** Checks every block for the last time, and keeps the memory for the next run. */
  destroy(): void {
    for (const block of [...this.#small, ...this.#large]) {
      checkCanary(block);
      // Whoever still has a view of it finds it empty.
      const bytes = new Uint8Array((block.bytes.buffer as ArrayBuffer).transfer());
      spare[block.byteLength]?.push(bytes);
    }
    this.#small.length = 0;
    this.#large.length = 0;
  }

  #make(size: number): Block {
    const bytes = spare[size]?.pop() ?? new Uint8Array(new ArrayBuffer(size)).fill(0xdb);
    return { bytes, address: this.#memory.map(bytes), byteLength: size, taken: false };
  }
}

function checkCanary({ bytes, address }: Block): void {
  const at = findDamage(bytes);
  if (at < 0) return;
  throw new InvariantError(
    `Send block at ${address} was written to after it had been given back: byte ${at}`,
  );
}
