import { mapMemory, type MappedMemory } from "../memory.ts";
import { scratch } from "../scratch.ts";
import { highWord, lowWord } from "../words.ts";
import { IORING_REGISTER_PBUF_RING, IORING_UNREGISTER_PBUF_RING } from "./constants.ts";
import type { UringMemory } from "./uring-memory.ts";

const ENTRY_BYTES = 16;
const TAIL_SHORT = 7;
const COUNT_MAX = 32768;

/** The buffers of a group. */
export interface BufferRingOptions {
  /** Number of the group, 0 to 65535. */
  readonly group: number;
  /** How many buffers: a power of two up to 32768. */
  readonly count: number;
  readonly bufferBytes: number;
}

/**
 * A group of buffers from which the kernel picks one when data has come, since Linux 5.19. Buffer
 * `id` is at `id * bufferBytes` of `bytes`. It starts with no buffer offered: `add` each, then
 * `publish`.
 */
export class BufferRing {
  readonly group: number;
  readonly count: number;
  readonly bufferBytes: number;
  /** All buffers, one after the other. */
  readonly bytes: Uint8Array;
  /** Address of the first buffer. */
  readonly address: number;
  readonly #ring: UringMemory;
  readonly #entries: MappedMemory;
  readonly #buffers: MappedMemory;
  readonly #words: Int32Array;
  readonly #shorts: Uint16Array;
  readonly #mask: number;
  #tail: number = 0;

  /**
   * Maps the buffers and registers the group with io_uring_register(2).
   * @returns the group, or `-errno`: `-EINVAL` before Linux 5.19, `-EEXIST` for a group in use
   * @throws {RangeError} when a size is not what {@link BufferRingOptions} says
   */
  static register(ring: UringMemory, options: BufferRingOptions): BufferRing | number {
    const { group, count, bufferBytes } = options;
    const powerOfTwo = count > 0 && count <= COUNT_MAX && (count & (count - 1)) === 0;
    if (!Number.isInteger(count) || !powerOfTwo) {
      throw new RangeError(
        `Cannot register buffers: count must be a power of two up to 32768: ${count}`,
      );
    }
    const buffers = mapMemory(count * bufferBytes);
    const entries = mapMemory(count * ENTRY_BYTES);
    const { address, words } = scratch();
    words.fill(0, 0, 10);
    words[0] = lowWord(entries.address);
    words[1] = highWord(entries.address);
    words[2] = count;
    words[3] = group;
    const result = ring.register(IORING_REGISTER_PBUF_RING, address, 1);
    if (result < 0) {
      entries.unmap();
      buffers.unmap();
      return result;
    }
    return new BufferRing(ring, options, entries, buffers);
  }

  private constructor(
    ring: UringMemory,
    options: BufferRingOptions,
    entries: MappedMemory,
    buffers: MappedMemory,
  ) {
    this.group = options.group;
    this.count = options.count;
    this.bufferBytes = options.bufferBytes;
    this.bytes = buffers.bytes;
    this.address = buffers.address;
    this.#ring = ring;
    this.#entries = entries;
    this.#buffers = buffers;
    this.#words = new Int32Array(entries.buffer);
    this.#shorts = new Uint16Array(entries.buffer);
    this.#mask = options.count - 1;
  }

  /** Puts a buffer in line for the kernel, which sees it at the next {@link publish}. */
  add(id: number): void {
    const index = this.#tail & this.#mask;
    const address = this.address + id * this.bufferBytes;
    this.#words[index * 4] = lowWord(address);
    this.#words[index * 4 + 1] = highWord(address);
    this.#words[index * 4 + 2] = this.bufferBytes;
    // Only 16 bits: the tail lies behind the number of the first entry.
    this.#shorts[index * 8 + 6] = id;
    this.#tail = (this.#tail + 1) & 0xffff;
  }

  /** Makes the added buffers the kernel's. */
  publish(): void {
    Atomics.store(this.#shorts, TAIL_SHORT, this.#tail);
  }

  /**
   * Unregisters the group and unmaps it. No request that uses the group may be in flight.
   * @returns the kernel's answer to the unregistration; on failure the memory stays mapped
   */
  close(): number {
    const { address, words } = scratch();
    words.fill(0, 0, 10);
    words[3] = this.group;
    const result = this.#ring.register(IORING_UNREGISTER_PBUF_RING, address, 1);
    if (result >= 0) {
      this.#entries.unmap();
      this.#buffers.unmap();
    }
    return result;
  }
}
