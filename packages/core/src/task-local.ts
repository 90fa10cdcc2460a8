import { AsyncLocalStorage } from "node:async_hooks";

/**
 * A value that belongs to the running task and is found wherever the task runs on, over every
 * await. Tasks that are spawned inside `run` inherit it.
 * @example
 * ```ts
 * import { TaskLocal } from "@bascule/core";
 * const requestId = new TaskLocal<string>();
 * await requestId.run("r-1", async () => {
 *   if (requestId.get() !== "r-1") throw new Error("lost");
 * });
 * ```
 */
export class TaskLocal<T> {
  readonly #storage: AsyncLocalStorage<T> = new AsyncLocalStorage();

  /** Runs `work` with the value in place; returns what it returns. */
  run<R>(value: T, work: () => R): R {
    return this.#storage.run(value, work);
  }

  /** The innermost value, or undefined outside every `run`. */
  get(): T | undefined {
    return this.#storage.getStore();
  }
}
