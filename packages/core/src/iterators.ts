import { Turns } from "./turns.ts";

type Next<T> = () => Promise<IteratorResult<T, undefined>>;

/**
 * An iterator out of its `next`, to be looped over itself as well. Not a generator, which the first
 * error would end for good: a `next` that was aborted, or lost a `select`, may be asked again.
 */
export function iteratorOf<T>(next: Next<T>): AsyncIterableIterator<T, undefined> {
  return {
    next,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The same for what must not be asked again before it has answered: each `next` has its turn. */
export function oneByOne<T>(take: Next<T>): AsyncIterableIterator<T, undefined> {
  const turns = new Turns();
  return iteratorOf(() => turns.run(take));
}
