import { checkFunction } from "./check.ts";
import { Context, contextStorage, currentContext } from "./context.ts";

/**
 * Runs `work` where an abort of the task, a scope or a `timeout` around it does not reach: for
 * clean-up that has to wait. Signals that are passed to a wait inside still count. What was aborted
 * stays aborted after it.
 * @example
 * ```ts
 * import { shield, sleep, spawn } from "@bascule/core";
 * let cleaned = false;
 * const task = spawn(async () => {
 *   try {
 *     await sleep(1000);
 *   } finally {
 *     await shield(async () => {
 *       await sleep(1);
 *       cleaned = true;
 *     });
 *   }
 * });
 * await sleep(1);
 * await task[Symbol.asyncDispose]();
 * if (!cleaned) throw new Error("clean-up was cut short");
 * ```
 */
export async function shield<T>(work: () => Promise<T>): Promise<T> {
  checkFunction(work, "shield");
  const parent = currentContext();
  const context = new Context(parent.task, parent, true);
  try {
    return await contextStorage.run(context, work);
  } finally {
    context.leave();
  }
}
