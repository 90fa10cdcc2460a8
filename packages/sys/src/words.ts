/**
 * The low 32 bits of a non-negative number below 2^53, as a signed word: addresses are written into
 * kernel structures as two words, because a BigInt64Array would cost a bigint for every store.
 */
export function lowWord(value: number): number {
  return value | 0;
}

/** The high 32 bits of a non-negative number below 2^53, as a signed word. */
export function highWord(value: number): number {
  return (value / 4294967296) | 0;
}

/** The number made of two words, the inverse of {@link lowWord} and {@link highWord}. */
export function fromWords(low: number, high: number): number {
  return (high >>> 0) * 4294967296 + (low >>> 0);
}
