import { AbortError } from "./errors.ts";
import { currentContext } from "./context.ts";
import { type Priority, REJECTED, RUNNING, type Task, type TaskInfo } from "./task.ts";
import { PENDING, spendBudget, Wait } from "./wait.ts";

class JoinWait<T> extends Wait<T> {
  readonly #task: Task;

  constructor(task: Task) {
    super(undefined);
    this.#task = task;
    if (this.isWaiting) (task.joiners ??= []).push(this);
  }

  override get isForTask(): boolean {
    return true;
  }

  protected override poll(): T | typeof PENDING {
    if (this.#task.state === RUNNING) return PENDING;
    if (this.#task.state === REJECTED) throw this.#task.value;
    return this.#task.value as T;
  }

  protected override cancelled(): void {
    const { joiners } = this.#task;
    if (joiners === null) return;
    joiners.splice(joiners.indexOf(this), 1);
    // Nobody hears of a failure any more: it is to be reported again.
    if (joiners.length === 0) this.#task.failureSeen = false;
  }
}

/**
 * A spawned task, to wait for and to abort. Awaiting it gives what the work returned or throws what
 * it threw; a task that fails with nobody waiting is reported as an unhandled rejection.
 *
 * Disposing (`await using`) aborts the task and waits until its `finally` blocks have run.
 */
export class JoinHandle<T> implements PromiseLike<T>, AsyncDisposable, TaskInfo {
  readonly #task: Task;

  /** @param task what `spawn` made */
  constructor(task: Task) {
    this.#task = task;
  }

  get id(): number {
    return this.#task.id;
  }

  get name(): string {
    return this.#task.name;
  }

  get isFinished(): boolean {
    return this.#task.state !== RUNNING;
  }

  /** May be changed while the task runs. */
  get priority(): Priority {
    return this.#task.priority;
  }

  set priority(priority: Priority) {
    this.#task.priority = priority;
  }

  /**
   * Asks the task to end: its pending waits reject with `reason`, and so does every later one
   * outside a `shield`. The first reason stays. Harmless when the task has ended.
   */
  abort(reason: unknown = new AbortError(`Task "${this.name}" was aborted`)): void {
    if (this.#task.state === RUNNING) this.#task.context.abort(reason);
  }

  /** The task keeps the process alive (the default). */
  ref(): this {
    this.#task.executor.setReferenced(this.#task, true);
    return this;
  }

  /** The task alone does not keep the process alive; what it waits for may. */
  unref(): this {
    this.#task.executor.setReferenced(this.#task, false);
    return this;
  }

  // biome-ignore lint/suspicious/noThenProperty: a handle is awaited like a promise
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#join().then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected: (reason: unknown) => B | PromiseLike<B>): Promise<T | B> {
    return this.#join().catch(onRejected);
  }

  finally(onFinally: () => void): Promise<T> {
    return this.#join().finally(onFinally);
  }

  /**
   * Aborts the task and waits for its end. Throws what it threw, unless that is the abort's reason.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
    const task = this.#task;
    try {
      await this.#join();
    } catch (error) {
      if (task.state === REJECTED && error === task.context.reason) return;
      throw error;
    }
  }

  #join(): Promise<T> {
    const task = this.#task;
    if (currentContext().task === task) {
      return Promise.reject(new TypeError(`Cannot join task "${task.name}" from inside itself`));
    }
    task.failureSeen = true;
    if (task.state !== RUNNING && spendBudget()) {
      if (task.state === REJECTED) return Promise.reject(task.value);
      return Promise.resolve(task.value as T);
    }
    const wait = new JoinWait<T>(task);
    if (task.state !== RUNNING) wait.wake();
    return wait.promise;
  }
}
