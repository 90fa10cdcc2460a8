import type { Canaries } from "@bascule/core";
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
  /** With canaries: what has come back since the kernel was shown the last of them. */
  readonly #recent: number[] = [];

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
    if (this.canaries !== null) this.#recent.push(bufferId);
  }

  /**
   * Shows the kernel the buffers that came back: once before each io_uring_enter(2), not for each.
   */
  publish(): void {
    if (!this.#unpublished) return;
    this.#unpublished = false;
    if (this.canaries !== null) this.#checkRecent(this.canaries);
    this.#ring.publish();
  }

  close(): void {
    this.checkIdle();
    this.#ring.close();
  }

  /** From the next moment on the kernel may write to them. */
  #checkRecent(canaries: Canaries): void {
    for (const id of this.#recent.splice(0)) canaries.noteBuffer(id, this.view(id));
  }
}
