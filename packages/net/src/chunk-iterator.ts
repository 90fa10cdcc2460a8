import { spendBudget } from "@bascule/core";
import type { Inbox } from "./inbox.ts";
import { IterateWait } from "./read-waits.ts";

/** How many bytes a read gives at most when it does not say. */
export const READ_BYTES_MAX: number = 64 * 1024;

/** Gives what has come, chunk by chunk, with one wait object for the whole loop. */
export class ChunkIterator implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #inbox: Inbox;
  #wait: IterateWait | null = null;

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const inbox = this.#inbox;
    if (inbox.byteLength > 0 && inbox.firstWait === null && spendBudget()) {
      const value = inbox.read(READ_BYTES_MAX) as Uint8Array;
      return Promise.resolve({ done: false, value });
    }
    const wait = this.#wait;
    if (wait !== null && wait.isSettled) return wait.again();
    this.#wait = new IterateWait(inbox, READ_BYTES_MAX);
    return this.#wait.enqueue();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
