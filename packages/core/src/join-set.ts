import { AbortError } from "./errors.ts";
import type { JoinHandle } from "./join-handle.ts";
import type { SpawnOptions } from "./runtime.ts";
import { takeSite } from "./spawn-site.ts";
import { REJECTED, type Task } from "./task.ts";
import { TaskGroup } from "./task-group.ts";
import { PENDING, spendBudget, Wait, type WaitOptions } from "./wait.ts";

class NextWait<T> extends Wait<IteratorResult<T, undefined>> {
  readonly #take: () => IteratorResult<T, undefined> | typeof PENDING;
  readonly #forget: (wait: NextWait<T>) => void;

  constructor(
    options: WaitOptions | undefined,
    take: () => IteratorResult<T, undefined> | typeof PENDING,
    forget: (wait: NextWait<T>) => void,
  ) {
    super(options);
    this.#take = take;
    this.#forget = forget;
  }

  override get waitsFor(): string {
    return "next result of a join set";
  }

  protected override poll(): IteratorResult<T, undefined> | typeof PENDING {
    let result: IteratorResult<T, undefined> | typeof PENDING | undefined;
    try {
      result = this.#take();
    } finally {
      if (result !== PENDING) this.#forget(this);
    }
    return result;
  }

  protected override cancelled(): void {
    this.#forget(this);
  }
}

/**
 * Tasks whose results are taken in the order in which they end. Iterating ends when the set is
 * empty; a task that failed makes the iteration throw what it threw, and iterating on goes to the
 * next. Disposing aborts what still runs and waits for it.
 * @example
 * ```ts
 * import { JoinSet, sleep } from "@bascule/core";
 * await using set = new JoinSet<number>();
 * for (const ms of [40, 1, 20]) set.spawn(() => sleep(ms).then(() => ms));
 * const order: number[] = [];
 * for await (const ms of set) order.push(ms);
 * if (order.join() !== "1,20,40") throw new Error(`ended as ${order.join()}`);
 * ```
 */
export class JoinSet<T> implements AsyncIterable<T>, AsyncDisposable {
  readonly #group: TaskGroup = new TaskGroup("join set", (task) => this.#ended(task));
  readonly #results: Task[] = [];
  readonly #waiting: Set<NextWait<T>> = new Set();

  /** Tasks that run or whose result has not been taken. */
  get size(): number {
    return this.#group.size + this.#results.length;
  }

  /** Starts a task in the set. */
  spawn(work: () => T | PromiseLike<T>, options?: SpawnOptions): JoinHandle<T> {
    return this.#group.spawn(work, options, takeSite());
  }

  /**
   * The next result, in order of ending; `done` when the set is empty. An aborted wait takes
   * nothing.
   * @throws (rejects) what the task threw, or `signal.reason`
   */
  next(options?: WaitOptions): Promise<IteratorResult<T, undefined>> {
    if (this.#waiting.size === 0 && spendBudget(options)) {
      try {
        const result = this.#take();
        if (result !== PENDING) return Promise.resolve(result);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    const wait: NextWait<T> = new NextWait<T>(
      options,
      () => this.#take(),
      (settled) => this.#waiting.delete(settled),
    );
    if (wait.isWaiting) this.#waiting.add(wait);
    if (this.#results.length > 0 || this.size === 0) wait.wake();
    return wait.promise;
  }

  /** Aborts every task of the set. */
  abortAll(reason: unknown = new AbortError("The join set was aborted")): void {
    this.#group.abortAll(reason);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return { next: () => this.next() };
  }

  /** Aborts every task and waits until all have ended; untaken results are dropped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abortAll();
    await this.#group.empty((reason) => this.abortAll(reason));
    this.#results.length = 0;
  }

  #take(): IteratorResult<T, undefined> | typeof PENDING {
    const task = this.#results.shift();
    if (task === undefined) {
      return this.#group.size === 0 ? { done: true, value: undefined } : PENDING;
    }
    if (task.state === REJECTED) throw task.value;
    return { done: false, value: task.value as T };
  }

  #ended(task: Task): void {
    this.#results.push(task);
    // Everybody looks: the first takes the result, the rest see whether the set is empty now.
    for (const wait of this.#waiting) wait.wake();
  }
}
