/** A lane that waits for a cut to heal. */
interface Waiting {
  resume(): void;
}

/** Which hosts can reach each other: partitions, and hosts that are down. */
export class Cables {
  readonly #cuts: Set<string> = new Set();
  readonly #down: Set<string> = new Set();
  #waiting: Waiting[] = [];

  isCut(from: string, to: string): boolean {
    return (
      this.#down.has(to) ||
      this.#down.has(from) ||
      (this.#cuts.size > 0 && this.#cuts.has(`${from} ${to}`))
    );
  }

  /** Nothing goes from any of these to any of those any more, nor back. */
  cut(some: readonly string[], others: readonly string[]): void {
    for (const one of some) {
      for (const other of others) {
        if (one === other) continue;
        this.#cuts.add(`${one} ${other}`);
        this.#cuts.add(`${other} ${one}`);
      }
    }
  }

  heal(): void {
    this.#cuts.clear();
    this.#resume();
  }

  takeDown(host: string): void {
    this.#down.add(host);
  }

  bringUp(host: string): void {
    this.#down.delete(host);
    this.#resume();
  }

  waitForHealing(lane: Waiting): void {
    this.#waiting.push(lane);
  }

  /** A lane that is still cut joins again. */
  #resume(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const lane of waiting) lane.resume();
  }
}
