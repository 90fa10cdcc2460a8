import { AsyncLocalStorage } from "node:async_hooks";
import { InvariantError } from "./errors.ts";
import type { Task } from "./task.ts";
import type { Wait } from "./wait.ts";

/**
 * Where a wait belongs: to a task, and inside it to the innermost region that can be aborted by
 * itself (the whole task, a `timeout`, a branch of `select`, a shield). It travels through
 * `AsyncLocalStorage`, so it survives awaits on promises that are not ours.
 */
export class Context {
  readonly task: Task;
  readonly #parent: Context | null;
  readonly #shielded: boolean;
  aborted: boolean = false;
  reason: unknown = undefined;
  /**
   * A signal that is aborted together with this region: a wait that is given it need not listen.
   */
  signal: AbortSignal | null = null;
  /** First of the linked waits that are pending in this region. */
  firstWait: Wait<unknown> | null = null;
  #firstChild: Context | null = null;
  #previousSibling: Context | null = null;
  #nextSibling: Context | null = null;
  #hasLeft: boolean = false;

  /**
   * @param parent the region around this one; null for a task's own
   * @param shielded whether an abort of the parent stops short of this one
   */
  constructor(task: Task, parent: Context | null, shielded: boolean = false) {
    this.task = task;
    this.#parent = parent;
    this.#shielded = shielded;
    if (parent === null) return;
    const sibling = parent.#firstChild;
    this.#nextSibling = sibling;
    if (sibling !== null) sibling.#previousSibling = this;
    parent.#firstChild = this;
    if (shielded) return;
    this.aborted = parent.aborted;
    this.reason = parent.reason;
  }

  /** Whether a wait is pending here or in a region inside. */
  get isWaiting(): boolean {
    if (this.firstWait !== null) return true;
    for (let child = this.#firstChild; child !== null; child = child.#nextSibling) {
      if (child.isWaiting) return true;
    }
    return false;
  }

  /** Visits every pending wait, here and inside. */
  visitWaits(visit: (wait: Wait<unknown>) => void): void {
    for (let wait = this.firstWait; wait !== null; wait = wait.nextOfContext) visit(wait);
    for (let child = this.#firstChild; child !== null; child = child.#nextSibling) {
      child.visitWaits(visit);
    }
  }

  /** Whether a wait is pending, here or inside, that something other than a task's end can wake. */
  get isWaitingForEvents(): boolean {
    for (let wait = this.firstWait; wait !== null; wait = wait.nextOfContext) {
      if (!wait.isForTask) return true;
    }
    for (let child = this.#firstChild; child !== null; child = child.#nextSibling) {
      if (child.isWaitingForEvents) return true;
    }
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
    let child = this.#firstChild;
    while (child !== null) {
      const next: Context | null = child.#nextSibling;
      if (!child.#shielded) child.abort(reason);
      child = next;
    }
  }

  /** Leaves the region: its parent forgets it. */
  leave(): void {
    const parent = this.#parent;
    if (parent === null || this.#hasLeft) return;
    this.#hasLeft = true;
    const previous = this.#previousSibling;
    const next = this.#nextSibling;
    if (previous === null) parent.#firstChild = next;
    else previous.#nextSibling = next;
    if (next !== null) next.#previousSibling = previous;
  }
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
