import { AsyncLocalStorage } from "node:async_hooks";
import { InvariantError, RuntimeClosedError } from "./errors.ts";
import type { Task } from "./task.ts";
import type { Wait } from "./wait.ts";

/**
 * Where a wait belongs: to a task, and inside it to the innermost region that can be aborted by
 * itself (the whole task, a `timeout`, a branch of `select`, a shield). It travels through
 * `AsyncLocalStorage`, so it survives awaits on promises that are not ours.
 */
export class Context {
  // What every wait touches comes first, for the sake of the processor's cache.
  readonly task: Task;
  /** First of the linked waits that are pending in this region. */
  firstWait: Wait<unknown> | null = null;
  aborted: boolean = false;
  /** Nothing waited in it any more, so what is around has forgotten it; see {@link revive}. */
  isDetached: boolean = false;
  readonly #parent: Context | null;
  readonly #shielded: boolean;
  reason: unknown = undefined;
  /**
   * A signal that is aborted together with this region: a wait that is given it need not listen.
   */
  signal: AbortSignal | null = null;
  #firstChild: Context | null = null;
  #previousSibling: Context | null = null;
  #nextSibling: Context | null = null;
  /** Whether it is among the children of its parent. */
  #isLinked: boolean = false;
  #hasLeft: boolean = false;
  /** Regions, and tasks, that have ended while something in them still waits. */
  #leftBehind: Context[] | null = null;
  #controller: AbortController | null = null;

  /**
   * @param task whose region it is; null for a task, which is its own outermost one
   * @param parent the region around this one; null for a task's own
   * @param shielded whether an abort of the parent stops short of this one
   */
  constructor(task: Task | null, parent: Context | null, shielded: boolean = false) {
    this.task = task ?? (this as unknown as Task);
    this.#parent = parent;
    this.#shielded = shielded;
    if (parent === null) return;
    if (parent.isDetached) parent.revive();
    this.#link(parent);
    if (shielded && !parent.task.executor.isClosed) return;
    this.aborted = parent.aborted;
    this.reason = parent.reason;
  }

  /** {@link signal}, made when it is first asked for. */
  get abortSignal(): AbortSignal {
    if (this.signal !== null) return this.signal;
    const controller = new AbortController();
    if (this.aborted) controller.abort(this.reason);
    else this.#controller = controller;
    this.signal = controller.signal;
    return this.signal;
  }

  /** Whether a wait is pending here or in a region inside. */
  get isWaiting(): boolean {
    if (this.firstWait !== null) return true;
    for (const child of this.#regions()) if (child.isWaiting) return true;
    return false;
  }

  /** Whether a wait is pending here or inside that an abort has not ended. */
  get goesOn(): boolean {
    for (let wait = this.firstWait; wait !== null; wait = wait.nextOfContext) {
      if (!wait.isEnding) return true;
    }
    if (this.#firstChild === null && this.#leftBehind === null) return false;
    for (const child of this.#regions()) if (child.goesOn) return true;
    return false;
  }

  /** Visits every pending wait, here and inside. */
  visitWaits(visit: (wait: Wait<unknown>) => void): void {
    for (let wait = this.firstWait; wait !== null; wait = wait.nextOfContext) visit(wait);
    for (const child of this.#regions()) child.visitWaits(visit);
  }

  /** Whether a wait is pending, here or inside, that something other than a task's end can wake. */
  get isWaitingForEvents(): boolean {
    for (let wait = this.firstWait; wait !== null; wait = wait.nextOfContext) {
      if (!wait.isForTask) return true;
    }
    for (const child of this.#regions()) if (child.isWaitingForEvents) return true;
    return false;
  }

  /** Aborts every pending wait and, from now on, every new one. The first reason stays. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    let wait = this.firstWait;
    while (wait !== null) {
      const next: Wait<unknown> | null = wait.nextOfContext;
      wait.abort(reason);
      wait = next;
    }
    if (this.#firstChild !== null || this.#leftBehind !== null) {
      for (const child of [...this.#regions()]) if (!child.isShielded) child.abort(reason);
    }
    this.#controller?.abort(reason);
  }

  /**
   * The runtime is gone: every wait rejects, those in shields and in the kernel's hands too, and
   * so does every later one.
   */
  abandon(reason: unknown): void {
    if (!this.aborted) this.reason = reason;
    this.aborted = true;
    let wait = this.firstWait;
    while (wait !== null) {
      const next: Wait<unknown> | null = wait.nextOfContext;
      wait.abandon(reason);
      wait = next;
    }
    for (const child of [...this.#regions()]) child.abandon(reason);
    this.#controller?.abort(this.reason);
  }

  /** Whether an abort of what is around stops short of it. A shield that has ended is none. */
  get isShielded(): boolean {
    return this.#shielded && !this.#hasLeft;
  }

  /**
   * Leaves the region, or ends that of a task. What is around it forgets it, unless something in it
   * goes on by itself, that an abort must still reach.
   */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    const parent = this.#parent;
    if (parent !== null) {
      // Forgotten before its end, with a region around it.
      if (!this.#isLinked) return;
      this.#unlink(parent);
    }
    if (this.goesOn) this.#home.#keep(this);
    else this.#detach();
  }

  /**
   * Something in it is about to wait, after everybody had forgotten it: an abort of what is around
   * is to reach that, and whoever looks for waits is to find it.
   */
  revive(): void {
    this.isDetached = false;
    const home = this.#home;
    if (home.isDetached) home.revive();
    home.#keep(this);
  }

  /** Where it is kept when it goes on after its end; an ended task's with the root. */
  get #home(): Context {
    return this.#parent ?? this.task.executor.root.context;
  }

  /** Something in a region, or task, that has ended still waits: an abort of this one ends it. */
  #keep(ended: Context): void {
    if (this.aborted && !ended.isShielded) ended.abort(this.reason);
    this.#leftBehind ??= [];
    const all = this.#leftBehind;
    // Looking at two for each that is added keeps the list no longer than what really waits.
    for (let i = 0; i < 2; i++) {
      const oldest = all.shift();
      if (oldest === undefined) break;
      if (oldest.goesOn) all.push(oldest);
      else oldest.#detach();
    }
    all.push(ended);
  }

  #detach(): void {
    this.isDetached = true;
    if (this.#firstChild === null && this.#leftBehind === null) return;
    for (const child of [...this.#regions()]) {
      if (child.#isLinked) child.#unlink(this);
      child.#detach();
    }
    this.#leftBehind = null;
  }

  *#regions(): Generator<Context> {
    for (let child = this.#firstChild; child !== null; child = child.#nextSibling) yield child;
    if (this.#leftBehind !== null) yield* this.#leftBehind;
  }

  #link(parent: Context): void {
    const sibling = parent.#firstChild;
    this.#nextSibling = sibling;
    if (sibling !== null) sibling.#previousSibling = this;
    parent.#firstChild = this;
    this.#isLinked = true;
  }

  #unlink(parent: Context): void {
    this.#isLinked = false;
    const previous = this.#previousSibling;
    const next = this.#nextSibling;
    if (previous === null) parent.#firstChild = next;
    else previous.#nextSibling = next;
    if (next !== null) next.#previousSibling = previous;
  }
}

/**
 * Whether an error says no more than that its region was aborted: the reason itself, also where
 * `await using` or a scope has met it several times.
 */
export function isAbortOf(context: Context, error: unknown): boolean {
  if (!context.aborted) return false;
  if (error === context.reason) return true;
  if (error instanceof RuntimeClosedError && context.task.executor.isClosed) return true;
  if (error instanceof SuppressedError) {
    return isAbortOf(context, error.error) && isAbortOf(context, error.suppressed);
  }
  if (!(error instanceof AggregateError) || error.errors.length === 0) return false;
  return error.errors.every((each) => isAbortOf(context, each));
}

/** Carries the context of the running code. */
export const contextStorage: AsyncLocalStorage<Context> = new AsyncLocalStorage();

/** What the runtime module, once it is loaded, does for modules that it builds on. */
export const thread: {
  /** How code outside every task finds (or makes) this thread's runtime. */
  rootContext: (() => Context) | null;
  /** Shuts this thread's runtime down, if there is one. */
  shutdown: (() => Promise<void>) | null;
} = { rootContext: null, shutdown: null };

/** The context of the running code: its task's, or the runtime's root task outside every task. */
export function currentContext(): Context {
  const context = contextStorage.getStore();
  if (context !== undefined) return context;
  if (thread.rootContext === null) {
    throw new InvariantError(
      "No runtime module is loaded: import from @bascule/core, not from its files",
    );
  }
  return thread.rootContext();
}
