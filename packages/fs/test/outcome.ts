/** What came of a call, in a form that two file systems' APIs can be compared by. */
export type Outcome = { readonly value: unknown } | { readonly code: string };

/** Makes a call and tells what came of it: the value, or the code of its error. */
export async function outcomeOf(call: () => unknown): Promise<Outcome> {
  try {
    return { value: await call() };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { code: code ?? message };
  }
}

/** The error that a promise rejects with. @throws when it does not reject */
export async function failureOf(promise: PromiseLike<unknown>): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error(`Expected a rejection: it resolved with ${Bun.inspect(value).slice(0, 80)}`);
}
