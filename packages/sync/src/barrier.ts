import { spendBudget, type WaitOptions } from "@bascule/core";
import { checkCount } from "./check.ts";
import { LineWait, WaitLine } from "./wait-line.ts";

/** What a party learns when the barrier opens. */
export interface BarrierWaitResult {
  /** True for exactly one party of each round: who does what is to be done once. */
  readonly isLeader: boolean;
}

/**
 * One use of the barrier. The first party that goes on leads, so that an abort never takes the
 * leader.
 */
class Round {
  #hasLeader: boolean = false;

  pass(): BarrierWaitResult {
    const isLeader = !this.#hasLeader;
    this.#hasLeader = true;
    return { isLeader };
  }
}

class BarrierWait extends LineWait<BarrierWaitResult> {
  readonly #line: WaitLine;
  readonly #round: Round;

  constructor(line: WaitLine, round: Round, options: WaitOptions | undefined) {
    super(options);
    this.#line = line;
    this.#round = round;
    if (this.isWaiting) line.enter(this);
  }

  override get waitsFor(): string {
    return "barrier";
  }

  protected override poll(): BarrierWaitResult {
    return this.#round.pass();
  }

  protected override cancelled(): void {
    this.#line.remove(this);
  }
}

/**
 * Holds tasks until so many have come, then lets all of them go on and begins a new round.
 *
 * @throws RangeError when `parties` is not a whole number of at least 1
 * @example
 * ```ts
 * import { spawn } from "@bascule/core";
 * import { Barrier } from "@bascule/sync";
 * const start = new Barrier(2);
 * const other = spawn(() => start.wait());
 * const mine = await start.wait();
 * if (mine.isLeader === (await other).isLeader) throw new Error("one of two leads");
 * ```
 */
export class Barrier {
  readonly parties: number;
  readonly #line: WaitLine = new WaitLine();
  #round: Round = new Round();

  constructor(parties: number) {
    checkCount(parties, "a number of parties");
    this.parties = parties;
  }

  /** Parties that have come in this round. */
  get waiting(): number {
    return this.#line.length;
  }

  /**
   * Comes to the barrier and waits until it opens.
   *
   * Cancel-safe: an abort before it opens rejects with its reason, and the party has not come; an
   * abort after it opened rejects, too, but changes nothing for the others.
   */
  wait(options?: WaitOptions): Promise<BarrierWaitResult> {
    if (this.#line.length + 1 === this.parties && spendBudget(options)) {
      const result = this.#round.pass();
      this.#open();
      return Promise.resolve(result);
    }
    const wait = new BarrierWait(this.#line, this.#round, options);
    if (this.#line.length === this.parties) this.#open();
    return wait.promise;
  }

  #open(): void {
    this.#round = new Round();
    this.#line.wakeAll();
  }
}
