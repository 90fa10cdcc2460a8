import type { Wait } from "@bascule/core";

/**
 * Waits in the order in which they came. One at a time is the rule, so the first has its own place.
 */
export class WaitList<W extends Wait<unknown>> {
  first: W | null = null;
  /** Those behind the first; made when there is one. */
  #rest: W[] | null = null;

  get isEmpty(): boolean {
    return this.first === null;
  }

  push(wait: W): void {
    if (this.first === null) this.first = wait;
    else if (this.#rest === null) this.#rest = [wait];
    else this.#rest.push(wait);
  }

  remove(wait: W): void {
    const rest = this.#rest;
    if (this.first === wait) {
      this.first = rest === null ? null : (rest.shift() ?? null);
    } else if (rest !== null) {
      const index = rest.indexOf(wait);
      if (index >= 0) rest.splice(index, 1);
    }
  }

  failAll(error: unknown): void {
    for (let wait = this.first; wait !== null; wait = this.first) {
      this.remove(wait);
      wait.fail(error);
    }
  }
}
