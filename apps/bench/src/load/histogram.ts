const STEPS_PER_OCTAVE = 64;
const LARGEST = 0xffffffff;
/** Octaves 6 to 31 have their steps each; below 64 every value has its own. */
const BUCKETS = STEPS_PER_OCTAVE * 27;

/**
 * Latencies in nanoseconds, up to 4.2 seconds, in steps of less than 1.6 %. Recording allocates
 * nothing.
 */
export class Histogram {
  readonly #buckets: Float64Array = new Float64Array(BUCKETS);
  #count: number = 0;

  get count(): number {
    return this.#count;
  }

  record(nanoseconds: number): void {
    const value = nanoseconds > LARGEST ? LARGEST : nanoseconds < 0 ? 0 : nanoseconds >>> 0;
    const index = bucketOf(value);
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.#count++;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
  }

  /** The value below which the share `quantile` (0 to 1) of all records lies; NaN when empty. */
  quantile(quantile: number): number {
    if (this.#count === 0) return Number.NaN;
    const wanted = Math.min(Math.floor(quantile * this.#count), this.#count - 1);
    let seen = 0;
    let index = 0;
    for (; index < BUCKETS - 1; index++) {
      seen += this.#buckets[index] ?? 0;
      if (seen > wanted) break;
    }
    return middleOf(index);
  }
}

function bucketOf(value: number): number {
  if (value < STEPS_PER_OCTAVE) return value;
  const shift = 25 - Math.clz32(value);
  return (shift + 1) * STEPS_PER_OCTAVE + ((value >>> shift) & (STEPS_PER_OCTAVE - 1));
}

function middleOf(index: number): number {
  if (index < STEPS_PER_OCTAVE) return index;
  const shift = Math.floor(index / STEPS_PER_OCTAVE) - 1;
  const step = 2 ** shift;
  return (STEPS_PER_OCTAVE + (index % STEPS_PER_OCTAVE)) * step + step / 2;
}
