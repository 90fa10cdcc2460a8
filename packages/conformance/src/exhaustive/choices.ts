/** One point where several things could have happened. */
interface Choice {
  readonly taken: number;
  readonly count: number;
  readonly what: string;
}

/**
 * The decisions of one execution: those that are prescribed first, then always the first of what
 * there is. Everything that could go one way or the other asks here.
 */
export class Choices {
  readonly #prescribed: readonly number[];
  readonly #made: Choice[] = [];

  constructor(prescribed: readonly number[]) {
    this.#prescribed = prescribed;
  }

  /** Chooses among the names of what may happen next. @returns an index */
  among(names: readonly string[]): number {
    const count = names.length;
    const taken = this.#prescribed[this.#made.length] ?? 0;
    if (taken >= count) {
      throw new Error(`Execution is not repeatable: choice ${taken} of ${names.join(", ")}`);
    }
    this.#made.push({ taken, count, what: names[taken] as string });
    return taken;
  }

  /** What happened, in order. */
  get story(): string {
    return this.#made.map(({ what }) => what).join(" → ");
  }

  /** The decisions of the next execution; null when there is none left. */
  next(): number[] | null {
    for (let last = this.#made.length - 1; last >= 0; last--) {
      const { taken, count } = this.#made[last] as Choice;
      if (taken + 1 < count) {
        return [...this.#made.slice(0, last).map((choice) => choice.taken), taken + 1];
      }
    }
    return null;
  }
}

/**
 * Runs a program once for every sequence of decisions there is.
 * @returns how many there are
 * @throws Error with the story of the first execution that fails
 */
export function enumerate(run: (choices: Choices) => void): number {
  let count = 0;
  for (let prescribed: number[] | null = []; prescribed !== null; count++) {
    const choices: Choices = new Choices(prescribed);
    try {
      run(choices);
    } catch (error) {
      throw new Error(`Execution ${count}: ${choices.story}: ${String(error)}`, { cause: error });
    }
    prescribed = choices.next();
  }
  return count;
}
