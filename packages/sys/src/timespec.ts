const SECONDS_MAX = 0x7fffffff;
const NANOSECONDS_MAX = 999_999_999;

/**
 * Writes `struct timespec` at word `at` (four words) for a time in milliseconds whose fraction
 * counts. Anything longer than 68 years is 68 years; the nanoseconds are rounded up, so that nobody
 * wakes before the time has come.
 */
export function writeTimespec(words: Int32Array, at: number, milliseconds: number): void {
  const seconds = Math.min(SECONDS_MAX, Math.floor(milliseconds / 1000));
  const rest = Math.ceil((milliseconds - seconds * 1000) * 1e6);
  words[at] = seconds;
  words[at + 1] = 0;
  words[at + 2] = Math.min(NANOSECONDS_MAX, Math.max(0, rest));
  words[at + 3] = 0;
}
