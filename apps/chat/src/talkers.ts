/** Somebody who may say something. */
export interface Talker {
  /** The last round in which it did; 0 for none. */
  spokeInRound: number;
}

/**
 * Counts who has spoken in the round that is being gathered, and who did in the two before: who
 * talked then is likely to talk now.
 */
export class Talkers {
  /** So that 0 is neither this round nor the one before. */
  #round: number = 2;
  #spoken: number = 0;
  #spokenBefore: number = 0;
  /** Those who have spoken in this round and in the one before. */
  #spokenAgain: number = 0;
  #expected: number = 0;

  /** Whether as many have spoken as in the last two rounds together. */
  get areAllHeard(): boolean {
    return this.#spoken >= this.#expected;
  }

  /** Somebody has said something. @returns whether all have been heard now that had not before */
  note(talker: Talker): boolean {
    if (talker.spokeInRound === this.#round) return false;
    if (talker.spokeInRound === this.#round - 1) this.#spokenAgain++;
    talker.spokeInRound = this.#round;
    return ++this.#spoken === this.#expected;
  }

  /** What is said from now on belongs to the next round. */
  nextRound(): void {
    this.#expected = this.#spoken + this.#spokenBefore - this.#spokenAgain;
    this.#spokenBefore = this.#spoken;
    this.#spoken = 0;
    this.#spokenAgain = 0;
    this.#round++;
  }
}
