import type { Wait } from "@bascule/core";

/**
 * Waits in the order in which they came. One at a time is the rule, so the first has its own place.
 * An inbox is one rather than to have one: with thousands of sockets each object that a completion
 * touches has left the processor's cache.
 */
export class WaitList<W extends Wait<unknown>> {
  firstWait: W | null = null;
  /** Those behind the first; made when there is one. */
  #rest: W[] | null = null;

  get hasWaits(): boolean {
    return this.firstWait !== null;
  }

  addWait(wait: W): void {
    if (this.firstWait === null) this.firstWait = wait;
    else if (this.#rest === null) this.#rest = [wait];
    else this.#rest.push(wait);
  }

  removeWait(wait: W): void {
    const rest = this.#rest;
    if (this.firstWait === wait) {
      this.firstWait = rest === null ? null : (rest.shift() ?? null);
    } else if (rest !== null) {
      const index = rest.indexOf(wait);
      if (index >= 0) rest.splice(index, 1);
    }
  }

  failWaits(error: unknown): void {
    for (let wait = this.firstWait; wait !== null; wait = this.firstWait) {
      this.removeWait(wait);
      wait.fail(error);
    }
  }
}
