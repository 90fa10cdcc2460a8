/**
 * An iterator that calls `take` for each `next`, and not again before that has settled: as an async
 * generator does, but a failure, an abort say, does not end it.
 */
export function oneByOne<T>(
  take: () => Promise<IteratorResult<T, undefined>>,
): AsyncIterableIterator<T, undefined> {
  let last: Promise<void> | null = null;
  return {
    async next(): Promise<IteratorResult<T, undefined>> {
      const before = last;
      // Of its own: whoever waits for a turn to be over must not count as one who hears it fail.
      const { promise: over, resolve: end } = Promise.withResolvers<void>();
      last = over;
      try {
        if (before !== null) await before;
        return await take();
      } finally {
        if (last === over) last = null;
        end();
      }
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
