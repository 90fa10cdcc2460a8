/** The error that a promise rejects with. @throws when it does not reject */
export async function failureOf(promise: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`Expected a rejection: it resolved with ${String(value).slice(0, 80)}`);
}

/** The named fields of an error, for comparing it with what it should look like. */
export function fieldsOf(error: unknown, ...names: string[]): Record<string, unknown> {
  const fields = error as Record<string, unknown>;
  return Object.fromEntries(names.map((name) => [name, fields[name]]));
}
