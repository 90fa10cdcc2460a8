import { iteratorOf } from "@bascule/core";
import { SocketClosedError } from "./errors.ts";

/** What can be closed by whomever, also while somebody waits for the next. */
interface Closable {
  readonly isClosed: boolean;
}

/** Gives one after the other until the source is closed. */
export function untilClosed<T>(
  source: Closable,
  take: () => Promise<T>,
): AsyncIterableIterator<T, undefined> {
  return iteratorOf(async () => {
    try {
      return { done: false, value: await take() };
    } catch (error) {
      if (!(error instanceof SocketClosedError) || !source.isClosed) throw error;
      return { done: true, value: undefined };
    }
  });
}
