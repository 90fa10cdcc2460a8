/** One thing that is timed. */
export interface Operation {
  readonly name: string;
  /** Does it `count` times (a multiple of 1000) and says how many nanoseconds that took. */
  run(count: number): Promise<number>;
}

/** Nanoseconds of one operation: the median of several samples, and the best of them. */
export interface Timing {
  readonly name: string;
  readonly nanos: number;
  readonly nanosMin: number;
}
