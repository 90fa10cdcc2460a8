import { PENDING, Wait, type WaitOptions } from "../src/wait.ts";

/** A source of numbers with one line of waiters, as small as a cancel-safe source can be. */
export class Source {
  readonly values: number[] = [];
  readonly waits: SourceWait[] = [];
  cancelledCount: number = 0;

  wait(options?: WaitOptions): SourceWait {
    const wait = new SourceWait(this, options);
    if (!wait.isWaiting) return wait;
    this.waits.push(wait);
    if (this.values.length > 0) wait.wake();
    return wait;
  }

  /** Adds a value and wakes the first in line. */
  put(value: number): void {
    this.values.push(value);
    this.waits[0]?.wake();
  }
}

class SourceWait extends Wait<number> {
  readonly #source: Source;

  constructor(source: Source, options: WaitOptions | undefined) {
    super(options);
    this.#source = source;
  }

  protected override poll(): number | typeof PENDING {
    const value = this.#source.values.shift();
    if (value === undefined) return PENDING;
    this.#leave();
    return value;
  }

  protected override cancelled(): void {
    this.#source.cancelledCount++;
    this.#leave();
    if (this.#source.values.length > 0) this.#source.waits[0]?.wake();
  }

  #leave(): void {
    const index = this.#source.waits.indexOf(this);
    if (index >= 0) this.#source.waits.splice(index, 1);
  }
}
