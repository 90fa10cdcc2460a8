import { SocketClosedError } from "./errors.ts";

/** What can be closed by whomever, also while somebody waits for the next. */
interface Closable {
  readonly isClosed: boolean;
}

/**
 * Gives one after the other until the source is closed. Not a generator, which the first error
 * would end for good: a `next` that was aborted, or lost a `select`, may be asked again.
 */
export function untilClosed<T>(
  source: Closable,
  take: () => Promise<T>,
): AsyncIterableIterator<T, undefined> {
  return {
    async next(): Promise<IteratorResult<T, undefined>> {
      try {
        return { done: false, value: await take() };
      } catch (error) {
        if (!(error instanceof SocketClosedError) || !source.isClosed) throw error;
        return { done: true, value: undefined };
      }
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
