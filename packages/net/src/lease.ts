import type { ReceivePool } from "@bascule/core";
import type { Chunk } from "./chunk-queue.ts";

/**
 * Received bytes without a copy: a view of the driver's own memory, to be given back. Use it with
 * `using`; after release `bytes` throws. Do not keep a view of it: the memory is used again. Leases
 * that are held for long take buffers from everybody's pool.
 */
export class Lease implements Disposable {
  #bytes: Uint8Array | null;
  readonly #pool: ReceivePool;
  readonly #bufferId: number;

  constructor(pool: ReceivePool, chunk: Chunk) {
    this.#pool = pool;
    this.#bufferId = chunk.bufferId;
    this.#bytes = chunk.bytes.subarray(chunk.start, chunk.end);
  }

  /** The view. Throws a TypeError after release. */
  get bytes(): Uint8Array {
    if (this.#bytes === null) throw new TypeError("Cannot use the lease: it has been released");
    return this.#bytes;
  }

  get isReleased(): boolean {
    return this.#bytes === null;
  }

  /** Gives the memory back. Harmless when it has been. */
  release(): void {
    if (this.#bytes === null) return;
    this.#bytes = null;
    if (this.#bufferId >= 0) this.#pool.release(this.#bufferId);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
