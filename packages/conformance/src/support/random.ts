/** A seeded generator (mulberry32): the same seed gives the same run. */
export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed | 0;
  }

  /** A number from 0 (included) to 1 (excluded). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.between(0, values.length - 1)] as T;
  }
}

/**
 * Runs something with a fresh seed, or with the one in `BASCULE_TEST_SEED`. When it fails, the
 * error says how to run exactly the same again.
 */
export async function withRandom(work: (random: Random) => Promise<void>): Promise<void> {
  const given = Bun.env["BASCULE_TEST_SEED"];
  const seed = given === undefined ? Math.floor(Math.random() * 0x7fffffff) : Number(given);
  try {
    await work(new Random(seed));
  } catch (error) {
    throw new Error(`Failed with BASCULE_TEST_SEED=${seed}: ${String(error)}`, { cause: error });
  }
}
