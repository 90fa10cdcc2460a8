import { samplesOf, type Series } from "../rounds.ts";
import { median, pairedRatio, type Spread, spreadOf } from "./statistics.ts";

/** Reads one figure out of a sample. */
export type Figure<Sample> = (sample: Sample) => number | null;

/** One figure by round: null where the round failed, or the contender does not report it. */
function byRound<Sample>(series: Series<Sample>, figure: Figure<Sample>): (number | null)[] {
  return series.samples.map((sample) => (sample === null ? null : figure(sample)));
}

/** The rounds of one figure that there are. */
function valuesOf<Sample>(series: Series<Sample>, figure: Figure<Sample>): number[] {
  return byRound(series, figure).filter((value) => value !== null);
}

/** The median round of one figure. */
export function medianOf<Sample>(series: Series<Sample>, figure: Figure<Sample>): number {
  return median(valuesOf(series, figure));
}

/** Median, least and greatest round of one figure. */
export function spreadOfSeries<Sample>(series: Series<Sample>, figure: Figure<Sample>): Spread {
  return spreadOf(valuesOf(series, figure));
}

/** The median over the rounds of this contender's figure to that of `base` in the same round. */
export function ratioTo<Sample>(
  base: Series<Sample> | undefined,
  series: Series<Sample>,
  figure: Figure<Sample>,
): number {
  return base === undefined
    ? Number.NaN
    : pairedRatio(byRound(series, figure), byRound(base, figure));
}

/** The series of the contender that others are compared with. */
export function baseSeries<Sample>(
  all: readonly Series<Sample>[],
  name: string,
): Series<Sample> | undefined {
  return all.find(({ contender }) => contender.name === name);
}

/** Medians of all numeric figures of a series, for the JSON output. */
export function medianSample<Sample extends object>(
  series: Series<Sample>,
): Record<string, number | null> {
  const keys = Object.keys(samplesOf(series)[0] ?? {}) as (keyof Sample & string)[];
  return Object.fromEntries(
    keys.map((key) => {
      const values = valuesOf(series, (sample) => sample[key] as number | null);
      return [key, values.length === 0 ? null : median(values)];
    }),
  );
}
