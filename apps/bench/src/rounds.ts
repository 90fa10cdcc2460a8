import type { Contender } from "./contender.ts";

/** All rounds of one contender in one cell. */
export interface Series<Sample> {
  readonly contender: Contender;
  readonly samples: Sample[];
}

/**
 * Measures every contender once, then every one again, and so on: what the machine does meanwhile
 * (its clock, its neighbours) meets all of them alike.
 */
export async function interleave<Sample>(
  contenders: readonly Contender[],
  rounds: number,
  measure: (contender: Contender) => Promise<Sample>,
): Promise<Series<Sample>[]> {
  const series = contenders.map((contender) => ({ contender, samples: [] as Sample[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { contender, samples } of series) samples.push(await measure(contender));
  }
  return series;
}
