const BUCKETS = 24;
const BOUNDS_MS: readonly number[] = Array.from(
  { length: BUCKETS },
  (_, index) => 2 ** index / 1000,
);

/** How often something took how long: powers of two of a microsecond, from 1 µs to 8 s. */
export interface HistogramSnapshot {
  /** Upper bounds of the buckets, in milliseconds. */
  readonly boundsMs: readonly number[];
  /**
   * How many were at most that long, and longer than the bound before; one more than there are
   * bounds, for what was longer than all.
   */
  readonly counts: readonly number[];
  readonly sumMs: number;
}

/** Counts durations without allocating. */
export class Histogram {
  readonly #counts: Float64Array = new Float64Array(BUCKETS + 1);
  #sumMs: number = 0;

  record(durationMs: number): void {
    this.#sumMs += durationMs;
    const micros = Math.ceil(durationMs * 1000);
    const index = micros <= 1 ? 0 : 32 - Math.clz32(micros - 1);
    const bucket = Math.min(index, BUCKETS);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  snapshot(): HistogramSnapshot {
    return { boundsMs: BOUNDS_MS, counts: [...this.#counts], sumMs: this.#sumMs };
  }
}
