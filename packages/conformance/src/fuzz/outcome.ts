/** Something that must never happen on any driver: a byte lost, a counter wrong. */
export class ModelError extends Error {
  override readonly name: string = "ModelError";
}

/** @throws ModelError when something that must hold does not */
export function must(holds: boolean, complaint: string): void {
  if (!holds) throw new ModelError(complaint);
}

/** What came of a step, as far as every driver must agree on it. */
export async function outcomeOf(work: () => unknown): Promise<string> {
  try {
    return textOf(await work());
  } catch (error) {
    if (error instanceof ModelError) throw error;
    return failureText(error);
  }
}

/** A failure by its kind: messages name ports and paths, which differ from run to run. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return `rejected with ${String(error)}`;
  const { code, syscall } = error as { code?: string; syscall?: string };
  const parts = [error.name, code, syscall].filter((part) => part !== undefined);
  const inner = error instanceof AggregateError ? error.errors.map(failureText).join(", ") : "";
  return inner === "" ? parts.join(" ") : `${parts.join(" ")} (${inner})`;
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) {
    return `${value.byteLength} bytes, ${Bun.hash(value).toString(16)}`;
  }
  if (typeof value === "string") return value;
  return value === undefined ? "done" : JSON.stringify(value);
}
