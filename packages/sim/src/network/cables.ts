/** A lane that waits for a cut, or for one to heal. */
interface Waiting {
  resume(): void;
  /** Some way has been cut. */
  lookForCut(): void;
}

/** Which hosts can reach each other: partitions, and hosts that are down. */
export class Cables {
  readonly #cuts: Set<string> = new Set();
  readonly #down: Set<string> = new Set();
  readonly #crashes: Map<string, number> = new Map();
  /** Of all hosts. */
  crashes: number = 0;
  #waiting: Waiting[] = [];
  #watching: Waiting[] = [];

  isCut(from: string, to: string): boolean {
    return (
      this.#down.has(to) ||
      this.#down.has(from) ||
      (this.#cuts.size > 0 && this.#cuts.has(`${from} ${to}`))
    );
  }

  /** How often a host has crashed: what it sent before, it does not send again. */
  crashesOf(host: string): number {
    return this.#crashes.get(host) ?? 0;
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
    this.#warn();
  }

  heal(): void {
    this.#cuts.clear();
    this.#resume();
  }

  takeDown(host: string): void {
    this.#down.add(host);
    this.#crashes.set(host, this.crashesOf(host) + 1);
    this.crashes++;
    this.#warn();
  }

  bringUp(host: string): void {
    this.#down.delete(host);
    this.#resume();
  }

  waitForHealing(lane: Waiting): void {
    this.#waiting.push(lane);
  }

  waitForCut(lane: Waiting): void {
    this.#watching.push(lane);
  }

  /** A lane that is still cut joins again. */
  #resume(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const lane of waiting) lane.resume();
  }

  /** A lane that is not cut joins again. */
  #warn(): void {
    const watching = this.#watching;
    this.#watching = [];
    for (const lane of watching) lane.lookForCut();
  }
}
