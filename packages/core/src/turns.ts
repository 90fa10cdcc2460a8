import { type InLine, Line } from "./line.ts";
import { PENDING, Wait, type WaitOptions } from "./wait.ts";

/** Waits for its turn. */
class TurnWait extends Wait<void> implements InLine {
  previousInLine: InLine | null = null;
  nextInLine: InLine | null = null;
  isInLine: boolean = false;
  readonly weight: number;
  readonly #turns: Turns;
  isGranted: boolean = false;

  constructor(turns: Turns, weight: number, options: WaitOptions | undefined) {
    super(options);
    this.#turns = turns;
    this.weight = weight;
  }

  protected override poll(): void | typeof PENDING {
    if (!this.isGranted) return PENDING;
  }

  protected override cancelled(): void {
    if (this.isGranted) this.#turns.leave(this.weight);
    else this.#turns.forget(this);
  }
}

/**
 * Lets in as many as weigh so much together, in the order of the calls. By default that is one at a
 * time: reads and writes that move a file's position, say, so that pieces of two are never mixed.
 */
export class Turns {
  readonly #weightMax: number;
  #taken: number = 0;
  readonly #waiting: Line<TurnWait> = new Line();

  /** @param weightMax what those who have a turn weigh together at most */
  constructor(weightMax: number = 1) {
    this.#weightMax = weightMax;
  }

  /** What those who have a turn weigh together. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether somebody has the turn. */
  get isTaken(): boolean {
    return this.#taken > 0;
  }

  /**
   * Takes a turn when nobody stands in line and there is room for it; {@link leave} gives it back.
   * @param weight not more than the maximum
   * @returns whether it did
   */
  tryEnter(weight: number = 1): boolean {
    if (this.#waiting.length > 0 || this.#taken + weight > this.#weightMax) return false;
    this.#taken += weight;
    return true;
  }

  /** Waits for the turn. Abort rejects with the reason, and the next in line is not held up. */
  async enter(options: WaitOptions | undefined, weight: number = 1): Promise<void> {
    if (this.tryEnter(weight)) return;
    const wait = new TurnWait(this, weight, options);
    if (wait.isWaiting) this.#waiting.enter(wait);
    await wait.promise;
  }

  /** Does something in a turn of its own. Abort of the wait for it as {@link enter}. */
  async run<T>(work: () => Promise<T>, options?: WaitOptions): Promise<T> {
    if (!this.tryEnter()) await this.enter(options);
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Gives the turn to the next in line. */
  leave(weight: number = 1): void {
    this.#taken -= weight;
    this.#grant();
  }

  forget(wait: TurnWait): void {
    if (this.#waiting.remove(wait)) this.#grant();
  }

  #grant(): void {
    for (;;) {
      const next = this.#waiting.first;
      if (next === null || this.#taken + next.weight > this.#weightMax) return;
      this.#waiting.shift();
      this.#taken += next.weight;
      next.isGranted = true;
      next.wake();
    }
  }
}
