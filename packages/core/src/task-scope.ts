import { checkFunction, checkSignal, wordsFor } from "./check.ts";
import { Context, contextStorage, currentContext, isAbortOf } from "./context.ts";
import { AbortError, TimeoutError } from "./errors.ts";
import type { JoinHandle } from "./join-handle.ts";
import { Runtime, type SpawnOptions } from "./runtime.ts";
import { deadlineAfter } from "./sleep.ts";
import { takeSite } from "./spawn-site.ts";
import { REJECTED, type Task } from "./task.ts";
import { TaskGroup } from "./task-group.ts";
import type { Timer, Timers } from "./timers.ts";

/** Options of a {@link TaskScope}. */
export interface TaskScopeOptions {
  /** Its abort cancels the scope. */
  signal?: AbortSignal;
  /**
   * After so many milliseconds the scope is cancelled with a TimeoutError, unless it has been
   * cancelled before; `Infinity` is none.
   */
  deadlineMs?: number;
  /** For error messages. */
  name?: string;
}

/** Stands for a scope among the regions of the code that opened it: an abort there cancels it. */
class ScopeRegion extends Context {
  readonly #scope: TaskScope;

  constructor(scope: TaskScope, opener: Context) {
    super(opener.task, opener);
    this.#scope = scope;
  }

  /** While children run, the region is not done with. */
  override get isWaiting(): boolean {
    return this.#scope.size > 0;
  }

  override get goesOn(): boolean {
    return this.#scope.size > 0;
  }

  override abort(reason: unknown): void {
    super.abort(reason);
    this.#scope.cancel(reason);
  }
}

/**
 * A region that its tasks cannot outlive. The first child that fails cancels its siblings; leaving
 * the scope (`await using`) waits for every child, their `finally` blocks included, and then throws
 * an `AggregateError` of what failed. A cancelled scope (by `cancel`, the signal or the deadline)
 * aborts its children; a deadline also makes leaving throw, with the TimeoutError in the aggregate.
 *
 * A scope belongs to where it is opened: when that task, `timeout` or outer scope is aborted, so is
 * the scope, at once and with the same reason. So of nested deadlines the nearest wins.
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
  readonly #region: ScopeRegion;
  readonly #timers: Timers;
  readonly #deadline: Timer | null = null;
  /** Where the function of {@link TaskScope.run} waits. */
  #body: Context | null = null;
  #left: boolean = false;

  /** @throws RangeError for a bad deadline, TypeError for a bad signal */
  constructor(options: TaskScopeOptions = {}) {
    const { deadlineMs = Number.POSITIVE_INFINITY, name = "scope", signal } = options;
    if (signal !== undefined) checkSignal(signal, "open a scope");
    this.#name = name;
    this.#group.name = name;
    this.#outer = signal;
    const runtime = Runtime.current();
    this.#timers = runtime.loop.timers;
    const deadlineAt = deadlineAfter(runtime.loop.clock, deadlineMs, "give a scope a deadline");
    this.#region = new ScopeRegion(this, currentContext());
    if (this.#region.aborted) this.cancel(this.#region.reason);
    if (signal?.aborted) this.cancel(signal.reason);
    if (this.signal.aborted) return;
    signal?.addEventListener("abort", this.#onOuterAbort);
    if (deadlineMs === Number.POSITIVE_INFINITY) return;
    this.#deadline = this.#makeDeadline(deadlineAt, deadlineMs);
    this.#timers.arm(this.#deadline);
    runtime.schedule();
  }

  /**
   * Opens a scope for one function and leaves it when that has returned: as `await using`, with two
   * things that a block cannot have. A cancelled scope also aborts what the function itself waits
   * for (a child has failed, the deadline has come), and when the function throws the children are
   * cancelled instead of waited for.
   *
   * @returns what the function returns, once every child has ended
   * @throws (rejects) AggregateError of everything that failed, the function included; its `cause`
   *   is the first failure. Of a scope that was cancelled without a failure the function's own
   *   answer to that, usually the reason
   * @example
   * ```ts
   * import { sleep, TaskScope } from "@bascule/core";
   * const total = await TaskScope.run(async (scope) => {
   *   const parts = [1, 2, 3].map((ms) => scope.spawn(() => sleep(ms).then(() => ms)));
   *   const [one, two, three] = await Promise.all(parts);
   *   return (one ?? 0) + (two ?? 0) + (three ?? 0);
   * });
   * if (total !== 6) throw new Error("wrong sum");
   * ```
   */
  static async run<T>(
    work: (scope: TaskScope) => T | PromiseLike<T>,
    options?: TaskScopeOptions,
  ): Promise<T> {
    checkFunction(work, "run a scope for");
    const scope = new TaskScope(options);
    const outcome = await scope.#runBody(work);
    await scope[Symbol.asyncDispose]();
    if (outcome.ok) return outcome.value;
    throw outcome.error;
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
   * @throws TypeError when the scope has been left, or `work` is not a function
   */
  spawn<T>(
    work: (signal: AbortSignal) => T | PromiseLike<T>,
    options?: SpawnOptions,
  ): JoinHandle<T> {
    checkFunction(work, "spawn");
    if (this.#left)
      throw new TypeError(`Cannot spawn in task scope "${this.#name}": it has been left`);
    const handle = this.#group.spawn(() => work(this.signal), options, takeSite());
    if (this.signal.aborted) handle.abort(this.signal.reason);
    return handle;
  }

  /** Aborts every child with `reason`, now and later ones. The first reason stays. */
  cancel(reason: unknown = new AbortError(`Task scope "${this.#name}" was cancelled`)): void {
    if (this.signal.aborted) return;
    this.#disarm();
    this.#controller.abort(reason);
    this.#group.abortAll(reason);
    this.#body?.abort(reason);
  }

  /**
   * Waits for every child.
   * @throws AggregateError of everything that failed; its `cause` is the first failure; TypeError
   *   in a child of its own
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#group.empty((reason) => this.cancel(reason));
    this.#left = true;
    this.#disarm();
    this.#region.leave();
    const first = this.#failures[0];
    if (this.#failures.length === 0) return;
    const count = this.#failures.length === 1 ? "1 failure" : `${this.#failures.length} failures`;
    throw new AggregateError(
      this.#failures,
      `Task scope "${this.#name}" ended with ${count}: ${wordsFor(first)}`,
      { cause: first },
    );
  }

  readonly #onOuterAbort = (): void => this.cancel(this.#outer?.reason);

  #disarm(): void {
    this.#outer?.removeEventListener("abort", this.#onOuterAbort);
    if (this.#deadline !== null) this.#timers.cancel(this.#deadline);
  }

  async #runBody<T>(
    work: (scope: TaskScope) => T | PromiseLike<T>,
  ): Promise<{ ok: true; value: T } | { ok: false; error: unknown }> {
    const body = new Context(this.#region.task, currentContext());
    this.#body = body;
    if (this.signal.aborted) body.abort(this.signal.reason);
    try {
      return { ok: true, value: await contextStorage.run(body, async () => work(this)) };
    } catch (error) {
      if (!isAbortOf(body, error)) this.#fail(error);
      return { ok: false, error };
    } finally {
      body.leave();
    }
  }

  #childEnded(task: Task): void {
    if (task.state !== REJECTED) return;
    // A child that ended because it was aborted, by us or by its own handle, has not failed.
    if (!isAbortOf(task.context, task.value)) this.#fail(task.value);
  }

  #fail(error: unknown): void {
    // The function of `run` may pass on what a child failed with: that is one failure.
    if (!this.#failures.includes(error)) this.#failures.push(error);
    this.cancel(error);
  }

  #makeDeadline(deadlineAt: number, deadlineMs: number): Timer {
    return {
      deadlineMs: deadlineAt,
      heapIndex: -1,
      sequence: 0,
      referenced: true,
      fire: () => {
        const what = `Task scope "${this.#name}" timed out after ${deadlineMs} ms`;
        this.#fail(new TimeoutError(what));
      },
    };
  }
}
