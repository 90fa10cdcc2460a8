import { BufferRing, type UringMemory } from "@bascule/sys";
import { ReceiveMemory } from "./receive-memory.ts";

/** The group that all receives choose their buffers from. */
export const RECEIVE_GROUP = 0;

/**
 * The receive pool as a provided buffer ring, Linux 5.19: the kernel picks a buffer when data has
 * come, so that ten thousand idle sockets hold no memory.
 */
export class ReceiveRing extends ReceiveMemory {
  readonly #ring: BufferRing;
  #unpublished: boolean = false;

  /** @returns the pool, or `-errno` when the kernel has no buffer rings or no memory for one */
  static register(memory: UringMemory, count: number, bufferBytes: number): ReceiveRing | number {
    const ring = BufferRing.register(memory, { group: RECEIVE_GROUP, count, bufferBytes });
    return typeof ring === "number" ? ring : new ReceiveRing(ring);
  }

  private constructor(ring: BufferRing) {
    super(ring.bytes, ring.bufferBytes, ring.count);
    this.#ring = ring;
    for (let id = 0; id < ring.count; id++) ring.add(id);
    ring.publish();
  }

  putBack(bufferId: number): void {
    this.#ring.add(bufferId);
    this.#unpublished = true;
  }

  /**
   * Shows the kernel the buffers that came back: once before each io_uring_enter(2), not for each.
   */
  publish(): void {
    if (!this.#unpublished) return;
    this.#unpublished = false;
    this.#ring.publish();
  }

  close(): void {
    this.#ring.close();
  }
}
