import { Random } from "./random.ts";

/** Which decisions of a run were not the calm ones: their numbers, and what was chosen. */
export type Deviations = ReadonlyMap<number, number>;

/**
 * Every decision of a simulated run: which task goes next, how long a packet takes, whether a call
 * fails. Each is a whole number below some count, and 0 is always the calm answer: first come, no
 * delay, no fault. So a run is the list of its decisions, and a run that is easier to read is one
 * with more zeros.
 */
export class Choices {
  readonly #random: Random | null;
  readonly #prescribed: Deviations | null;
  /** What was chosen, decision by decision. */
  readonly taken: number[] = [];

  /** @param source a seed, or the decisions to repeat; all others are calm then */
  constructor(source: number | Deviations) {
    this.#random = typeof source === "number" ? new Random(source) : null;
    this.#prescribed = typeof source === "number" ? null : source;
  }

  /** A whole number from 0 to `count - 1`. */
  choose(count: number): number {
    if (count <= 1) return 0;
    if (this.#random !== null) return this.#take(Math.floor(this.#random.fraction() * count));
    return this.#take(Math.min(this.#next(), count - 1));
  }

  /** Whether something that has this probability happens. Impossible things are no decision. */
  chance(probability: number): boolean {
    if (probability <= 0) return false;
    if (this.#random === null) return this.#take(Math.min(this.#next(), 1)) === 1;
    return this.#take(this.#random.fraction() < probability ? 1 : 0) === 1;
  }

  /** A number from `min` to `max`, in 255 steps; `min` is the calm one. */
  between(min: number, max: number): number {
    return max <= min ? min : min + ((max - min) * this.choose(256)) / 255;
  }

  /** The decisions of this run that were not calm. */
  get deviations(): Map<number, number> {
    const found = new Map<number, number>();
    this.taken.forEach((value, index) => {
      if (value !== 0) found.set(index, value);
    });
    return found;
  }

  #next(): number {
    return this.#prescribed?.get(this.taken.length) ?? 0;
  }

  #take(value: number): number {
    this.taken.push(value);
    return value;
  }
}
