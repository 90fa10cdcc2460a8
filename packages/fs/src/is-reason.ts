import { currentContext, type WaitOptions } from "@bascule/core";

/**
 * Whether an error is the reason of an abort of the running code. That may be an error of the
 * system, a sibling's in a scope, say: then it tells nothing about what was asked for here.
 */
export function isReason(error: unknown, { signal }: WaitOptions): boolean {
  return [signal, currentContext()].some((each) => each?.aborted === true && each.reason === error);
}
