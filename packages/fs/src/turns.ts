import { PENDING, Wait, type WaitOptions } from "@bascule/core";

/** Waits for its turn. */
class TurnWait extends Wait<void> {
  readonly #turns: Turns;
  isGranted: boolean = false;

  constructor(turns: Turns, options: WaitOptions | undefined) {
    super(options);
    this.#turns = turns;
  }

  protected override poll(): void | typeof PENDING {
    if (!this.isGranted) return PENDING;
  }

  protected override cancelled(): void {
    if (this.isGranted) this.#turns.leave();
    else this.#turns.forget(this);
  }
}

/**
 * Lets the reads and writes that move a file's position go one at a time, in the order of the
 * calls: pieces of two writes are never mixed.
 */
export class Turns {
  #isTaken: boolean = false;
  readonly #waiting: TurnWait[] = [];

  /** Whether somebody has the turn. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** Takes the turn when nobody has it. @returns whether it did; {@link leave} gives it back */
  tryEnter(): boolean {
    if (this.#isTaken) return false;
    this.#isTaken = true;
    return true;
  }

  /** Waits for the turn. Abort rejects with the reason, and the next in line is not held up. */
  async enter(options: WaitOptions | undefined): Promise<void> {
    if (this.tryEnter()) return;
    const wait = new TurnWait(this, options);
    if (wait.isWaiting) this.#waiting.push(wait);
    await wait.promise;
  }

  /** Gives the turn to the next in line. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#isTaken = false;
      return;
    }
    next.isGranted = true;
    next.wake();
  }

  forget(wait: TurnWait): void {
    const index = this.#waiting.indexOf(wait);
    if (index >= 0) this.#waiting.splice(index, 1);
  }
}
