/** A figure over several rounds: its median, and how far the rounds were apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The middle value; of an even number the mean of the two in the middle. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  if (sorted.length % 2 === 1) return upper;
  const lower = sorted[sorted.length / 2 - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Median, least and greatest. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * The median of the ratios round by round. Rounds that ran next to each other met the same state of
 * the machine, so this is steadier than a ratio of medians. A round that either side lacks does not
 * count.
 */
export function pairedRatio(
  values: readonly (number | null)[],
  base: readonly (number | null)[],
): number {
  const ratios = values.flatMap((value, round) => {
    const other = base[round];
    return value === null || other === undefined || other === null ? [] : [value / other];
  });
  return median(ratios);
}
