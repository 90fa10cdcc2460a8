import { AbortError, TimeoutError } from "./errors.ts";
import type { JoinHandle } from "./join-handle.ts";
import { Runtime, type SpawnOptions } from "./runtime.ts";
import { deadlineAfter } from "./sleep.ts";
import { takeSite } from "./spawn-site.ts";
import { REJECTED, type Task } from "./task.ts";
import { TaskGroup } from "./task-group.ts";
import type { Timer } from "./timers.ts";

/** Options of a {@link TaskScope}. */
export interface TaskScopeOptions {
  /** Its abort cancels the scope. */
  signal?: AbortSignal;
  /** After so many milliseconds the scope is cancelled with a TimeoutError. */
  deadlineMs?: number;
  /** For error messages. */
  name?: string;
}

/**
 * A region that its tasks cannot outlive. The first child that fails cancels its siblings; leaving
 * the scope (`await using`) waits for every child, their `finally` blocks included, and then throws
 * an `AggregateError` of what failed. A cancelled scope (by `cancel`, the signal or the deadline)
 * aborts its children; a deadline also makes leaving throw, with the TimeoutError in the aggregate.
 *
 * When the task that opened the scope is aborted, so are the children once it leaves.
 * @example
 * ```ts
 * import { sleep, TaskScope } from "@bascule/core";
 * const done: string[] = [];
 * {
 *   await using scope = new TaskScope({ name: "pair" });
 *   scope.spawn(async () => {
 *     await sleep(2);
 *     done.push("slow");
 *   });
 *   scope.spawn(() => done.push("fast"));
 * }
 * if (done.join() !== "fast,slow") throw new Error("the scope was left too early");
 * ```
 */
export class TaskScope implements AsyncDisposable {
  readonly #controller: AbortController = new AbortController();
  readonly #group: TaskGroup = new TaskGroup("scope", (task) => this.#childEnded(task));
  readonly #failures: unknown[] = [];
  readonly #name: string;
  readonly #outer: AbortSignal | undefined;
  readonly #deadline: Timer | null = null;
  #left: boolean = false;

  constructor(options: TaskScopeOptions = {}) {
    this.#name = options.name ?? "scope";
    this.#group.name = this.#name;
    this.#outer = options.signal;
    if (options.deadlineMs !== undefined) this.#deadline = this.#arm(options.deadlineMs);
    if (this.#outer?.aborted) this.cancel(this.#outer.reason);
    else this.#outer?.addEventListener("abort", this.#onOuterAbort);
  }

  /** Aborted when the scope is cancelled: for what is not Bascule's (`fetch`). */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Children that have not ended. */
  get size(): number {
    return this.#group.size;
  }

  /**
   * Starts a child. In a scope that is cancelled already the child is aborted before it begins.
   * @throws TypeError when the scope has been left
   */
  spawn<T>(
    work: (signal: AbortSignal) => T | PromiseLike<T>,
    options?: SpawnOptions,
  ): JoinHandle<T> {
    if (this.#left)
      throw new TypeError(`Cannot spawn in task scope "${this.#name}": it has been left`);
    const handle = this.#group.spawn(() => work(this.signal), options, takeSite());
    if (this.signal.aborted) handle.abort(this.signal.reason);
    return handle;
  }

  /** Aborts every child with `reason`, now and later ones. The first reason stays. */
  cancel(reason: unknown = new AbortError(`Task scope "${this.#name}" was cancelled`)): void {
    if (this.signal.aborted) return;
    this.#controller.abort(reason);
    this.#group.abortAll(reason);
  }

  /**
   * Waits for every child.
   * @throws AggregateError of everything that failed; its `cause` is the first failure
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#group.empty((reason) => this.cancel(reason));
    this.#left = true;
    this.#outer?.removeEventListener("abort", this.#onOuterAbort);
    if (this.#deadline !== null) Runtime.current().loop.timers.cancel(this.#deadline);
    const first = this.#failures[0];
    if (this.#failures.length === 0) return;
    const what = first instanceof Error ? first.message : String(first);
    const count = this.#failures.length === 1 ? "1 failure" : `${this.#failures.length} failures`;
    throw new AggregateError(
      this.#failures,
      `Task scope "${this.#name}" ended with ${count}: ${what}`,
      { cause: first },
    );
  }

  readonly #onOuterAbort = (): void => this.cancel(this.#outer?.reason);

  #childEnded(task: Task): void {
    if (task.state !== REJECTED) return;
    // A child that ended because it was aborted, by us or by its own handle, has not failed.
    if (task.context.aborted && task.value === task.context.reason) return;
    this.#failures.push(task.value);
    this.cancel(task.value);
  }

  #arm(deadlineMs: number): Timer {
    const runtime = Runtime.current();
    const timer: Timer = {
      deadlineMs: deadlineAfter(runtime.loop.clock, deadlineMs, "give a scope a deadline"),
      heapIndex: -1,
      sequence: 0,
      referenced: true,
      fire: () => {
        const error = new TimeoutError(
          `Task scope "${this.#name}" timed out after ${deadlineMs} ms`,
        );
        this.#failures.push(error);
        this.cancel(error);
      },
    };
    runtime.loop.timers.arm(timer);
    runtime.schedule();
    return timer;
  }
}
