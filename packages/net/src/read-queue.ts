import type { Wait } from "@bascule/core";
import { WaitList } from "./wait-list.ts";

/**
 * What is read by one reader after the other, in the order in which they came. The base of what
 * holds the bytes and not an object of its own: with thousands of sockets each object that a
 * completion touches has left the processor's cache.
 */
export class ReadQueue {
  /** Whose turn it is. */
  firstReader: Wait<unknown> | null = null;
  /** Those behind the first; made when there is one. */
  #others: WaitList<Wait<unknown>> | null = null;

  addReader(wait: Wait<unknown>): void {
    if (this.firstReader === null) {
      this.firstReader = wait;
      return;
    }
    this.#others ??= new WaitList();
    this.#others.push(wait);
  }

  removeReader(wait: Wait<unknown>): void {
    const others = this.#others;
    if (this.firstReader !== wait) {
      others?.remove(wait);
      return;
    }
    this.firstReader = others === null ? null : others.first;
    if (this.firstReader !== null) others?.remove(this.firstReader);
  }

  failReaders(error: unknown): void {
    for (let wait = this.firstReader; wait !== null; wait = this.firstReader) {
      this.removeReader(wait);
      wait.fail(error);
    }
  }
}
