import { NO_BUFFER } from "@bascule/core";
import { mapMemory, type MappedMemory } from "@bascule/sys";
import { ReceiveMemory } from "./receive-memory.ts";

/**
 * The receive pool for a kernel without buffer rings: the driver itself picks a buffer once the
 * kernel has said that a socket is readable. The buffer used last is used next, while it is in the
 * cache.
 */
export class ReceiveSlab extends ReceiveMemory {
  readonly #memory: MappedMemory;
  readonly #idle: Int32Array;
  #idleCount: number = 0;

  constructor(count: number, bufferBytes: number) {
    const memory = mapMemory(count * bufferBytes);
    super(memory.bytes, bufferBytes, count);
    this.#memory = memory;
    this.#idle = new Int32Array(count);
    for (let id = count - 1; id >= 0; id--) this.putBack(id);
  }

  /** A buffer to receive into, or {@link NO_BUFFER} when all are out. */
  pick(): number {
    if (this.#idleCount === 0) return NO_BUFFER;
    this.#idleCount--;
    const bufferId = this.#idle[this.#idleCount] as number;
    if (this.canaries !== null) this.canaries.noteBuffer(bufferId, this.view(bufferId));
    return bufferId;
  }

  addressOf(bufferId: number): number {
    return this.#memory.address + bufferId * this.bufferSize;
  }

  putBack(bufferId: number): void {
    this.#idle[this.#idleCount] = bufferId;
    this.#idleCount++;
  }

  close(): void {
    this.checkIdle();
    this.#memory.unmap();
  }
}
