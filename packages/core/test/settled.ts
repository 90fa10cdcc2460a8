/** What became of a promise, readable without awaiting it. */
export interface Settled<T> {
  state: "pending" | "fulfilled" | "rejected";
  value: T | undefined;
  error: unknown;
}

/** Watches a promise; its rejection counts as handled. */
export function watch<T>(promise: PromiseLike<T>): Settled<T> {
  const settled: Settled<T> = { state: "pending", value: undefined, error: undefined };
  promise.then(
    (value) => {
      settled.state = "fulfilled";
      settled.value = value;
    },
    (error: unknown) => {
      settled.state = "rejected";
      settled.error = error;
    },
  );
  return settled;
}

/** The error that a promise rejects with. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("The promise was expected to reject");
}
