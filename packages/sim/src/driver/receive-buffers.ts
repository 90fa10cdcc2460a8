import { InvariantError, type Operation, type ReceivePool } from "@bascule/core";
import { findDamage, poisonBytes } from "./canary.ts";
import type { Memory } from "./memory.ts";

/** Memory of runs that are over, all of it poisoned. */
const spare: Map<number, Uint8Array[]> = new Map();

/** Receive memory with canaries, as the send blocks have them. */
export class ReceiveBuffers implements ReceivePool {
  readonly bytes: Uint8Array;
  readonly bufferSize: number;
  readonly count: number;
  readonly reserve: number;
  readonly #address: number;
  readonly #free: number[] = [];
  /** Buffer by buffer. */
  readonly #views: Uint8Array[] = [];
  readonly #isOut: boolean[] = [];
  /** What last filled a buffer, for the message when its canary died. */
  readonly #names: string[] = [];
  readonly #slots: number[] = [];
  readonly #fds: number[] = [];
  readonly #onRelease: () => void;
  #isDestroyed: boolean = false;

  constructor(memory: Memory, count: number, bufferSize: number, onRelease: () => void) {
    this.count = count;
    this.bufferSize = bufferSize;
    this.reserve = count >> 2;
    this.bytes =
      spare.get(count * bufferSize)?.pop() ??
      new Uint8Array(new ArrayBuffer(count * bufferSize)).fill(0xdb);
    this.#address = memory.map(this.bytes);
    this.#onRelease = onRelease;
    for (let id = count - 1; id >= 0; id--) this.#free.push(id);
    for (let id = 0; id < count; id++) {
      this.#views.push(this.bytes.subarray(id * bufferSize, (id + 1) * bufferSize));
    }
  }

  get free(): number {
    return this.#free.length;
  }

  addressOf(bufferId: number): number {
    return this.#address + bufferId * this.bufferSize;
  }

  /** Takes a buffer for an operation; -1 when all are out. */
  pick({ kind, slot, fd }: Operation): number {
    const id = this.#free.pop();
    if (id === undefined) return -1;
    this.#check(id);
    this.#isOut[id] = true;
    this.#slots[id] = slot;
    this.#fds[id] = fd;
    this.#names[id] = kind?.name ?? "nothing";
    return id;
  }

  release(bufferId: number): void {
    if (this.#isOut[bufferId] !== true) {
      throw new InvariantError(`Receive buffer ${bufferId} is released although it is not out`);
    }
    this.#isOut[bufferId] = false;
    const view = this.#views[bufferId];
    if (view !== undefined && !this.#isDestroyed) poisonBytes(view);
    this.#free.push(bufferId);
    this.#onRelease();
  }

  /** Checks what came back for the last time, and keeps the memory for the next run. */
  destroy(): void {
    for (const id of this.#free) this.#check(id);
    this.#isDestroyed = true;
    // Whoever still has a view of it finds it empty.
    const bytes = new Uint8Array((this.bytes.buffer as ArrayBuffer).transfer());
    if (this.free < this.count) return;
    const kept = spare.get(bytes.byteLength);
    if (kept === undefined) spare.set(bytes.byteLength, [bytes]);
    else kept.push(bytes);
  }

  #check(id: number): void {
    const view = this.#views[id];
    const at = view === undefined ? 0 : findDamage(view);
    if (at < 0) return;
    const user = `${this.#names[id] ?? "nobody"} #${this.#slots[id]} of ${this.#fds[id]}`;
    throw new InvariantError(
      `Receive buffer ${id} was written to after it had been released: byte ${at}, ` +
        `last filled by ${user}`,
    );
  }
}
