import type { Wait } from "@bascule/core";

/**
 * Waits in the order in which they came. One at a time is the rule, so the first has its own place.
 */
export class WaitList<W extends Wait<unknown>> {
  first: W | null = null;
  readonly #rest: W[] = [];

  get isEmpty(): boolean {
    return this.first === null;
  }

  push(wait: W): void {
    if (this.first === null) this.first = wait;
    else this.#rest.push(wait);
  }

  remove(wait: W): void {
    if (this.first === wait) {
      this.first = this.#rest.length === 0 ? null : (this.#rest.shift() ?? null);
    } else {
      const index = this.#rest.indexOf(wait);
      if (index >= 0) this.#rest.splice(index, 1);
    }
  }

  wakeAll(): void {
    this.first?.wake();
    for (const wait of this.#rest) wait.wake();
  }

  failAll(error: unknown): void {
    for (let wait = this.first; wait !== null; wait = this.first) {
      this.remove(wait);
      wait.fail(error);
    }
  }
}
