import { InvariantError } from "../errors.ts";
import type { Block, SendPool } from "./buffer-pools.ts";
import type { Canaries } from "./canaries.ts";

/** Mapped memory that a driver gets from the operating system. */
export interface Mapping {
  readonly bytes: Uint8Array;
  readonly address: number;
  unmap(): void;
}

const SMALL_BYTES = 4096;
const LARGE_BYTES = 65536;
const SMALL_SLAB_BYTES = 64 * SMALL_BYTES;
const LARGE_SLAB_BYTES = 16 * LARGE_BYTES;

/**
 * Send memory in two sizes, cut from mapped slabs. Blocks come back in last-out-first order, so
 * that a busy server keeps writing to the same few cache lines. Slabs are added on demand: what
 * bounds them is the high watermark of every socket. They are unmapped when the driver goes.
 */
export class BlockPool implements SendPool {
  readonly smallBytes: number = SMALL_BYTES;
  readonly largeBytes: number = LARGE_BYTES;
  taken: number = 0;
  readonly #map: (byteLength: number) => Mapping;
  readonly #slabs: Mapping[] = [];
  readonly #small: Block[] = [];
  readonly #large: Block[] = [];

  readonly #canaries: Canaries | null;

  /** @param canaries watch over blocks that nobody holds; null, the default, costs one branch */
  constructor(map: (byteLength: number) => Mapping, canaries: Canaries | null = null) {
    this.#map = map;
    this.#canaries = canaries;
  }

  /** Bytes of memory mapped so far. */
  get mappedBytes(): number {
    return this.#slabs.reduce((sum, slab) => sum + slab.bytes.byteLength, 0);
  }

  take(byteLength: number): Block {
    const free = byteLength <= SMALL_BYTES ? this.#small : this.#large;
    if (free.length === 0) this.#grow(free);
    const block = free.pop();
    if (block === undefined) throw new InvariantError("A send pool that has grown has no block");
    if (this.#canaries !== null) this.#canaries.checkBlock(block);
    block.taken = true;
    this.taken++;
    return block;
  }

  give(block: Block): void {
    if (!block.taken)
      throw new InvariantError(`Send block at ${block.address} is given back twice`);
    if (this.#canaries !== null) this.#canaries.poison(block.bytes);
    block.taken = false;
    this.taken--;
    (block.byteLength === SMALL_BYTES ? this.#small : this.#large).push(block);
  }

  /** Unmaps every slab; no block may be out. */
  destroy(): void {
    if (this.taken !== 0)
      throw new InvariantError(`Send pool is destroyed with ${this.taken} blocks out`);
    for (const block of [...this.#small, ...this.#large]) this.#canaries?.noteBlock(block);
    this.#small.length = 0;
    this.#large.length = 0;
    for (const slab of this.#slabs.splice(0)) slab.unmap();
  }

  #grow(free: Block[]): void {
    const [slabBytes, blockBytes] =
      free === this.#small ? [SMALL_SLAB_BYTES, SMALL_BYTES] : [LARGE_SLAB_BYTES, LARGE_BYTES];
    const slab = this.#map(slabBytes);
    this.#slabs.push(slab);
    if (this.#canaries !== null) this.#canaries.watch(slab.address, slab.bytes);
    for (let offset = slabBytes - blockBytes; offset >= 0; offset -= blockBytes) {
      free.push({
        bytes: slab.bytes.subarray(offset, offset + blockBytes),
        address: slab.address + offset,
        byteLength: blockBytes,
        taken: false,
      });
    }
  }
}
