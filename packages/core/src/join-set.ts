import { checkFunction } from "./check.ts";
import { currentSignal } from "./current-signal.ts";
import { AbortError } from "./errors.ts";
import { iteratorOf } from "./iterators.ts";
import type { JoinHandle } from "./join-handle.ts";
import { type InLine, Line } from "./line.ts";
import type { SpawnOptions } from "./runtime.ts";
import { Slots } from "./slots.ts";
import { takeSite } from "./spawn-site.ts";
import { REJECTED, type Task } from "./task.ts";
import { TaskGroup } from "./task-group.ts";
import { PENDING, spendBudget, Wait, type WaitOptions } from "./wait.ts";

class SetWait<R> extends Wait<R> implements InLine {
  previousInLine: InLine | null = null;
  nextInLine: InLine | null = null;
  isInLine: boolean = false;
  readonly #what: string;
  readonly #group: TaskGroup;
  readonly #take: () => R | typeof PENDING;
  readonly #forget: () => void;

  constructor(
    what: string,
    group: TaskGroup,
    options: WaitOptions | undefined,
    take: () => R | typeof PENDING,
    forget: () => void,
  ) {
    super(options);
    this.#what = what;
    this.#group = group;
    this.#take = take;
    this.#forget = forget;
  }

  override get waitsFor(): string {
    return this.#what;
  }

  override get isForTask(): boolean {
    return true;
  }

  override get awaitedTasks(): Iterable<Task> {
    return this.#group.members;
  }

  protected override poll(): R | typeof PENDING {
    return this.#take();
  }

  protected override cancelled(): void {
    this.#forget();
  }
}

/** Microtasks in which a producer that was let through has spawned its task, if it ever will. */
const SPAWN_HOPS = 16;

/** Options of a {@link JoinSet}. */
export interface JoinSetOptions {
  /** So many of the tasks run at once, the others wait in order of spawning; no limit. */
  concurrency?: number;
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
  readonly #waiting: Line<SetWait<IteratorResult<T, undefined>>> = new Line();
  readonly #producers: Line<SetWait<void>> = new Line();
  /** Kept for producers that were let through and have not spawned yet. */
  readonly #places: Set<object> = new Set();
  readonly #slots: Slots | null = null;
  readonly #concurrency: number;

  /** @throws RangeError when `concurrency` is not a whole number above 0, or `Infinity` */
  constructor(options: JoinSetOptions = {}) {
    const { concurrency = Number.POSITIVE_INFINITY } = options;
    if (
      !(concurrency === Number.POSITIVE_INFINITY || Number.isSafeInteger(concurrency)) ||
      concurrency < 1
    ) {
      throw new RangeError(
        `Cannot make a join set with concurrency "${concurrency}": pass a whole number above 0`,
      );
    }
    this.#concurrency = concurrency;
    if (concurrency !== Number.POSITIVE_INFINITY) this.#slots = new Slots(concurrency);
  }

  /** Tasks that run, wait to begin, or whose result has not been taken. */
  get size(): number {
    return this.#group.size + this.#results.length;
  }

  /** Tasks that wait until another one has ended, because of the limit. */
  get queued(): number {
    return Math.max(0, this.#group.size - this.#concurrency);
  }

  /**
   * Starts a task in the set. Beyond the limit its work begins when others have ended: aborting its
   * handle before means that it never begins. `work` gets the task's own signal when it declares a
   * parameter.
   */
  spawn(work: (signal: AbortSignal) => T | PromiseLike<T>, options?: SpawnOptions): JoinHandle<T> {
    checkFunction(work, "spawn");
    const slots = this.#slots;
    if (this.#places.size > 0) this.#takePlace();
    const body = slots === null ? () => begin(work) : () => slots.run(() => begin(work));
    return this.#group.spawn(body, options, takeSite());
  }

  /**
   * Backpressure for who spawns: waits until a task that is spawned now would begin at once.
   * Several producers are let through one by one, first come, first served, each to spawn one task
   * without awaiting anything in between; what is spawned without asking queues all the same.
   * @throws (rejects) `signal.reason` or the task's abort reason
   * @example
   * ```ts
   * import { JoinSet, sleep } from "@bascule/core";
   * await using set = new JoinSet<void>({ concurrency: 4 });
   * for (let i = 0; i < 20; i++) {
   *   await set.room();
   *   set.spawn(() => sleep(1));
   *   if (set.queued > 0) throw new Error("spawned too early");
   * }
   * ```
   */
  room(options?: WaitOptions): Promise<void> {
    if (this.#producers.first === null && this.#hasRoom && spendBudget(options)) {
      if (this.#slots !== null) void this.#letThrough();
      return Promise.resolve();
    }
    const wait: SetWait<void> = new SetWait<void>(
      "room in a join set",
      this.#group,
      options,
      () => this.#takeRoom(wait),
      () => this.#leaveProducers(wait),
    );
    if (wait.isWaiting) this.#producers.enter(wait);
    this.#wakeProducers();
    return wait.promise;
  }

  /**
   * The next result, in order of ending; `done` when the set is empty. An aborted wait takes
   * nothing.
   * @throws (rejects) what the task threw, or `signal.reason`
   */
  next(options?: WaitOptions): Promise<IteratorResult<T, undefined>> {
    if (this.#waiting.first === null && spendBudget(options)) {
      try {
        const result = this.#take();
        if (result !== PENDING) return Promise.resolve(result);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    const wait: SetWait<IteratorResult<T, undefined>> = new SetWait(
      "next result of a join set",
      this.#group,
      options,
      () => this.#takeFor(wait),
      () => void this.#waiting.remove(wait),
    );
    if (wait.isWaiting) this.#waiting.enter(wait);
    if (this.#results.length > 0 || this.size === 0) wait.wake();
    return wait.promise;
  }

  /** Aborts every task of the set. */
  abortAll(reason: unknown = new AbortError("The join set was aborted")): void {
    this.#group.abortAll(reason);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return iteratorOf(() => this.next());
  }

  /** Aborts every task and waits until all have ended; untaken results are dropped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abortAll();
    await this.#group.empty((reason) => this.abortAll(reason));
    this.#results.length = 0;
  }

  #takeFor(
    wait: SetWait<IteratorResult<T, undefined>>,
  ): IteratorResult<T, undefined> | typeof PENDING {
    const isReady = this.#results.length > 0 || this.#group.size === 0;
    if (isReady) this.#waiting.remove(wait);
    return this.#take();
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
    for (let wait = this.#waiting.first; wait !== null; wait = this.#waiting.after(wait))
      wait.wake();
    this.#wakeProducers();
  }

  get #hasRoom(): boolean {
    return this.#free > 0;
  }

  get #free(): number {
    return this.#concurrency - this.#group.size - this.#places.size;
  }

  #takePlace(): void {
    for (const place of this.#places) {
      this.#places.delete(place);
      return;
    }
  }

  /** As many from the front as there is room for, less those that are on their way. */
  #wakeProducers(): void {
    let wait = this.#producers.first;
    for (let promised = 0; wait !== null && promised < this.#free; promised++) {
      wait.wake();
      wait = this.#producers.after(wait);
    }
  }

  /** A producer goes on: its place is kept until it has had time to spawn. */
  async #letThrough(): Promise<void> {
    const place = {};
    this.#places.add(place);
    for (let hop = 0; hop < SPAWN_HOPS; hop++) await null;
    this.#places.delete(place);
    this.#wakeProducers();
  }

  /** A producer was aborted: the room that it was told of is for the next. */
  #leaveProducers(wait: SetWait<void>): void {
    this.#producers.remove(wait);
    this.#wakeProducers();
  }

  #takeRoom(wait: SetWait<void>): void | typeof PENDING {
    if (!this.#hasRoom) return PENDING;
    this.#producers.remove(wait);
    void this.#letThrough();
  }
}

/** A signal costs more than a small task: only who declares a parameter gets one. */
function begin<T>(work: (signal: AbortSignal) => T | PromiseLike<T>): T | PromiseLike<T> {
  if (work.length === 0) return (work as () => T | PromiseLike<T>)();
  return work(currentSignal());
}
