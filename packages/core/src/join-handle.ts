import { AbortError } from "./errors.ts";
import { currentContext, isAbortOf } from "./context.ts";
import { shield } from "./shield.ts";
import { FULFILLED, type Priority, REJECTED, RUNNING, type Task, type TaskInfo } from "./task.ts";
import { PENDING, spendBudget, Wait } from "./wait.ts";

class JoinWait<T> extends Wait<T> {
  readonly #task: Task;

  constructor(task: Task) {
    super(undefined);
    this.#task = task;
    if (!this.isWaiting) return;
    (task.joiners ??= []).push(this);
    task.failureSeen = true;
  }

  override get waitsFor(): string {
    return `end of task "${this.#task.name}"`;
  }

  override get isForTask(): boolean {
    return true;
  }

  override get awaitedTasks(): Iterable<Task> {
    return [this.#task];
  }

  protected override poll(): T | typeof PENDING {
    const task = this.#task;
    if (task.state === RUNNING) return PENDING;
    this.#leave();
    if (task.state === FULFILLED) return task.value as T;
    task.failureTold = true;
    throw task.value;
  }

  protected override cancelled(): void {
    const task = this.#task;
    this.#leave();
    if (task.joiners !== null || task.failureTold) return;
    // Nobody hears of a failure any more, one that has happened included: it is to be reported.
    task.failureSeen = false;
    if (task.state === REJECTED) task.executor.noteFailure(task);
  }

  #leave(): void {
    const { joiners } = this.#task;
    if (joiners === null) return;
    if (joiners.length === 1) this.#task.joiners = null;
    else joiners.splice(joiners.indexOf(this), 1);
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

  /** The task behind a handle; null for any other object. For `blockOn`. */
  static taskOf(value: object): Task | null {
    return #task in value ? value.#task : null;
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

  /**
   * Aborted when the task is, for what is not Bascule's but belongs to it. Stays as it is once the
   * task has ended.
   */
  get signal(): AbortSignal {
    return this.#task.context.abortSignal;
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
   * Aborts the task and waits for its end, also when the waiting task is aborted meanwhile. Throws
   * what it threw, unless that is the abort's reason.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
    const task = this.#task;
    try {
      await shield(() => this.#join());
    } catch (error) {
      if (task.state === REJECTED && isAbortOf(task.context, error)) return;
      throw error;
    }
  }

  #join(): Promise<T> {
    const task = this.#task;
    if (currentContext().task === task) {
      return Promise.reject(new TypeError(`Cannot join task "${task.name}" from inside itself`));
    }
    if (task.state !== RUNNING && spendBudget()) {
      if (task.state === FULFILLED) return Promise.resolve(task.value as T);
      task.failureSeen = true;
      task.failureTold = true;
      return Promise.reject(task.value);
    }
    const wait = new JoinWait<T>(task);
    if (task.state !== RUNNING) wait.wake();
    return wait.promise;
  }
}
