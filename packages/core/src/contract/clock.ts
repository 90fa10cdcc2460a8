/** What time it is, for timers and deadlines. `performance` is one. */
export interface Clock {
  /** Milliseconds since some moment; fractions count, and it never goes back. */
  now(): number;
}
