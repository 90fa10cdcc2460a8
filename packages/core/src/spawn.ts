import { JoinHandle } from "./join-handle.ts";
import { Runtime, type SpawnOptions } from "./runtime.ts";
import { SITE_FRAMES } from "./spawn-site.ts";

/**
 * Starts a task on the current runtime. The work begins in the task's first poll, not inside the
 * call.
 *
 * @throws TypeError when `work` is not a function or the priority is unknown; RuntimeClosedError
 *   when the runtime is shutting down
 * @example
 * ```ts
 * import { sleep, spawn } from "@bascule/core";
 * const answer = spawn(async () => {
 *   await sleep(1);
 *   return 42;
 * }, { name: "deep thought" });
 * if ((await answer) !== 42) throw new Error("wrong answer");
 * ```
 */
export function spawn<T>(work: () => T | PromiseLike<T>, options?: SpawnOptions): JoinHandle<T> {
  // Every spawn pays for its site, so the stack is taken here, two frames from the program.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = SITE_FRAMES;
  const site = new Error();
  Error.stackTraceLimit = limit;
  return new JoinHandle<T>(Runtime.current().spawnTask(work, options, site));
}

/**
 * Waits synchronously for a promise, or for what an asynchronous function returns (it runs as a
 * task of its own), by driving the runtime and waiting in the kernel. May be called anywhere, also
 * inside a task, a timer or a `Bun.serve` handler, and nested.
 *
 * @throws what the promise rejects with; BlockOnDeadlockError when nothing of Bascule's is left
 *   that could settle it (it waits for `fetch`, a Bun timer or another task that waits). With that
 *   the task of a function is aborted, and keeps the process alive no longer
 * @example
 * ```ts
 * import { blockOn, sleep } from "@bascule/core";
 * const answer = blockOn(async () => {
 *   await sleep(1);
 *   return 42;
 * });
 * if (answer !== 42) throw new Error("wrong answer");
 * ```
 */
export function blockOn<T>(work: PromiseLike<T> | (() => T | PromiseLike<T>)): T {
  return Runtime.current().blockOn(work);
}
