import { Wait, type WaitOptions } from "./wait.ts";

class YieldWait extends Wait<void> {
  protected override poll(): void {}
  protected override cancelled(): void {}
}

/**
 * Goes to the back of the run queue of this task's priority: everything that is ready now gets its
 * turn first. Rejects with the abort reason when the signal or the task has been aborted.
 * @example
 * ```ts
 * import { yieldNow } from "@bascule/core";
 * for (let i = 0; i < 1000; i++) if (i % 100 === 0) await yieldNow();
 * ```
 */
export function yieldNow(options?: WaitOptions): Promise<void> {
  const wait = new YieldWait(options);
  wait.wake();
  return wait.promise;
}
