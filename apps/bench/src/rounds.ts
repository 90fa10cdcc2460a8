import type { Contender } from "./contender.ts";

/** All rounds of one contender in one cell. */
export interface Series<Sample> {
  readonly contender: Contender;
  /** By round; null for one that failed. */
  readonly samples: (Sample | null)[];
  /** What the failed rounds failed with, one line each. */
  readonly failures: string[];
}

/**
 * Measures every contender once, then every one again, and so on: what the machine does meanwhile
 * (its clock, its neighbours) meets all of them alike. A round that fails is told and left out, so
 * that it takes nothing of what the others found with it.
 */
export async function interleave<Sample>(
  contenders: readonly Contender[],
  rounds: number,
  measure: (contender: Contender) => Promise<Sample>,
): Promise<Series<Sample>[]> {
  const all = contenders.map((contender): Series<Sample> => ({
    contender,
    samples: [],
    failures: [],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const { contender, samples, failures } of all) {
      try {
        samples.push(await measure(contender));
      } catch (error) {
        samples.push(null);
        const why = error instanceof Error ? error.message : String(error);
        failures.push(`Round ${round + 1} of ${contender.label} is missing: ${why}`);
      }
    }
  }
  return all;
}

/** The rounds that did not fail. */
export function samplesOf<Sample>({ samples }: Series<Sample>): Sample[] {
  return samples.filter((sample) => sample !== null);
}

/** What failed in any of the series. */
export function failuresOf(all: readonly Series<unknown>[]): string[] {
  return all.flatMap(({ failures }) => failures);
}
