import { counted } from "./counted.ts";
import { contextStorage, currentContext } from "./context.ts";
import { JoinHandle } from "./join-handle.ts";
import { Runtime, type SpawnOptions } from "./runtime.ts";
import type { Task } from "./task.ts";
import { PENDING, Wait } from "./wait.ts";

/** A wait until a group has nothing running, which an abort does not cut short. */
class EmptyWait extends Wait<void> {
  readonly #group: TaskGroup;
  readonly #onAbort: (reason: unknown) => void;

  constructor(group: TaskGroup, onAbort: (reason: unknown) => void) {
    super(undefined);
    this.#group = group;
    this.#onAbort = onAbort;
  }

  /** The abort goes to the members, and their end ends this wait. */
  override abort(reason: unknown): void {
    this.#onAbort(reason);
  }

  override get waitsFor(): string {
    const { kind, name, size } = this.#group;
    return `end of ${counted(size, "task")} of ${kind} "${name}"`;
  }

  override get isForTask(): boolean {
    return true;
  }

  override get awaitedTasks(): Iterable<Task> {
    return this.#group.members;
  }

  protected override get isAbortable(): boolean {
    return false;
  }

  protected override poll(): void | typeof PENDING {
    // Somebody may have spawned into the group since it was empty: its next end counts.
    if (this.#group.waitsOn(this)) return PENDING;
  }

  protected override cancelled(): void {}
}

/** For diagnosis: which group is which. */
let groupCount = 0;

/** The running members of a scope or a set. */
export class TaskGroup {
  readonly id: number = ++groupCount;
  /** What the program calls it. */
  readonly kind: "scope" | "join set";
  name: string;
  /** The task that made it; 0 is code outside every task. Only an id: it may have ended. */
  readonly ownerId: number = contextStorage.getStore()?.task.id ?? 0;
  readonly #members: Set<Task> = new Set();
  readonly #onEnd: (task: Task) => void;
  #emptied: EmptyWait[] = [];

  /** @param onEnd is told of every member's end, before its joiners are */
  constructor(kind: "scope" | "join set", onEnd: (task: Task) => void) {
    this.kind = kind;
    this.name = `${kind} ${this.id}`;
    this.#onEnd = onEnd;
  }

  get members(): Iterable<Task> {
    return this.#members;
  }

  get size(): number {
    return this.#members.size;
  }

  /** @param site where the program called the scope's or set's own `spawn` */
  spawn<T>(
    work: () => T | PromiseLike<T>,
    options: SpawnOptions | undefined,
    site: Error,
  ): JoinHandle<T> {
    const task = Runtime.current().spawnTask(work, options, site);
    task.group = this;
    this.#members.add(task);
    // The group hears of a failure: it is not an unhandled one.
    task.isMember = true;
    const { onEnd } = task;
    task.onEnd = (ended) => {
      onEnd?.(ended);
      this.#end(ended);
    };
    return new JoinHandle<T>(task);
  }

  abortAll(reason: unknown): void {
    for (const task of this.#members) task.context.abort(reason);
  }

  /**
   * Waits until no member runs. An abort of the waiting task does not cut it short.
   * @param onAbort is told of such an abort, also of one that came before
   * @throws (rejects) TypeError in one of its own members, which would wait for itself
   */
  empty(onAbort: (reason: unknown) => void): Promise<void> {
    const context = currentContext();
    if (this.#members.has(context.task)) {
      const what = `Cannot wait for the end of ${this.kind} "${this.name}"`;
      const where = `from inside its task "${context.task.name}"`;
      return Promise.reject(new TypeError(`${what} ${where}`));
    }
    if (context.aborted) onAbort(context.reason);
    if (this.size === 0) return Promise.resolve();
    const wait = new EmptyWait(this, onAbort);
    this.#emptied.push(wait);
    return wait.promise;
  }

  /** Whether a wait that was woken has to wait on, for members that came meanwhile. */
  waitsOn(wait: EmptyWait): boolean {
    if (this.size === 0) return false;
    this.#emptied.push(wait);
    return true;
  }

  #end(task: Task): void {
    this.#members.delete(task);
    this.#onEnd(task);
    if (this.size > 0) return;
    for (const wait of this.#emptied.splice(0)) wait.wake();
  }
}
