import { yieldNow } from "@bascule/core";
import { peek } from "bun";

/** Long enough for everything that is ready to run to its next wait, without any time passing. */
export async function quiet(): Promise<void> {
  for (let passes = 0; passes < 4; passes++) await yieldNow();
}

/** Whether a promise is still unsettled after everything that is ready has run. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  await quiet();
  return peek.status(promise) === "pending";
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

/** A controller whose abort reason is easy to recognise. */
export function aborter(): { signal: AbortSignal; abort: () => void; reason: Error } {
  const controller = new AbortController();
  const reason = new Error("given up");
  return { signal: controller.signal, abort: () => controller.abort(reason), reason };
}
