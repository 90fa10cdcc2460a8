import { checkSignal, type WaitOptions } from "@bascule/core";
import { Selection } from "./selection.ts";

/** The branches of a {@link select}: each begins one wait and gets a signal for it. */
export type Branches = Record<string, (signal: AbortSignal) => unknown>;

/** The winner: its key, and a value of that branch's type. Comparing `key` narrows `value`. */
export type Selected<B extends Branches> = {
  [K in keyof B & string]: { readonly key: K; readonly value: Awaited<ReturnType<B[K]>> };
}[keyof B & string];

/** Options of {@link select}. */
export interface SelectOptions extends WaitOptions {
  /**
   * Begin with the first branch every time, so that earlier ones win ties; else with a random one.
   */
  biased?: boolean;
}

/**
 * Waits for the first of several things and takes only that one. When a branch has won, the others
 * are aborted and lose nothing: the message, the line, the permit that they did not get is there
 * for the next call.
 *
 * For that, the first and last `await` of a branch must be a wait of Bascule's (of any package); it
 * may be wrapped in async functions. All waits of a branch are aborted with it. The signal is for
 * what is not Bascule's, such as `fetch`; a branch that declares no parameter is cheaper, because
 * none is made. A branch that cannot be aborted goes on until it ends by itself: its late value is
 * dropped, and disposed when it can be.
 *
 * Branches begin in a random rotation, so that none is starved; with `biased`, in the order
 * written. When one is ready at once, those after it are not begun at all.
 *
 * @throws (rejects) what a branch throws or rejects with before another has won, after aborting the
 *   others; `signal.reason` when `options.signal` is aborted first, or the reason of the task's
 *   abort, which the branches' signals get too; TypeError without branches, or when a branch is no
 *   function. What a loser rejects with, other than its abort, becomes an unhandled rejection
 * @example
 * ```ts
 * import { sleep } from "@bascule/core";
 * import { channel, select } from "@bascule/sync";
 * const [sender, inbox] = channel<string>(1);
 * await sender.send("hello");
 * const got = await select({
 *   message: (signal) => inbox.recv({ signal }),
 *   late: () => sleep(1000),
 * });
 * if (got.key !== "message" || got.value !== "hello") throw new Error("the wrong branch won");
 * ```
 */
export function select<B extends Branches>(
  branches: B,
  options?: SelectOptions,
): Promise<Selected<B>> {
  const keys = Object.keys(branches);
  if (keys.length === 0) {
    return Promise.reject(new TypeError("Cannot select: there are no branches"));
  }
  const wrong = keys.find((key) => typeof branches[key] !== "function");
  if (wrong !== undefined) {
    const what = `branch "${wrong}" is no function that begins a wait`;
    return Promise.reject(new TypeError(`Cannot select: ${what}, as in { ${wrong}: () => … }`));
  }
  const signal = options?.signal;
  try {
    if (signal !== undefined) checkSignal(signal, "select");
  } catch (error) {
    return Promise.reject(error);
  }
  const first = options?.biased === true ? 0 : Math.floor(Math.random() * keys.length);
  const selection = new Selection(branches, keys, first);
  if (signal?.aborted === true) selection.fail(signal.reason);
  else if (!selection.begin()) selection.beginLater().catch((error) => selection.fail(error));
  if (signal !== undefined && !selection.isDecided) selection.listen(signal);
  return selection.promise as Promise<Selected<B>>;
}
