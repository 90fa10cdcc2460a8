import { checkSignal } from "./check.ts";
import { type Context, currentContext } from "./context.ts";
import type { Task } from "./task.ts";

/** Returned by {@link Wait.poll}: woken, but there is nothing to take yet. */
export const PENDING: unique symbol = Symbol("pending");

/** Options that every wait takes. */
export interface WaitOptions {
  /** Aborting it rejects the wait with `signal.reason`; what arrived meanwhile is not lost. */
  signal?: AbortSignal | undefined;
}

const WAITING = 0;
/** Woken and queued; nothing has been taken. */
const READY = 1;
/** Aborted or failed and queued; `failure` will reject the promise. */
const FAILED = 2;
const SETTLED = 3;

/** While somebody measures (`users` > 0), waits note when they began. */
export const waitClock: { users: number } = { users: 0 };

let capturedResolve: (value: never) => void;
let capturedReject: (error: unknown) => void;

/** One function for all promises: a closure for each wait costs a fifth more. */
function capture(resolve: (value: never) => void, reject: (error: unknown) => void): void {
  capturedResolve = resolve;
  capturedReject = reject;
}

/**
 * A leaf wait: the one thing that suspends a task. A source of events (a socket, a timer, a
 * channel) keeps the wait and calls `wake` when something may be there. That resumes nothing: it
 * queues the task. When the executor comes to it, `poll` takes the value, or says {@link PENDING}
 * when somebody else was faster. Because nothing is taken before, a wait that is aborted between
 * wake-up and delivery, or that loses a `select`, loses nothing.
 */
export abstract class Wait<T> {
  // What a wake-up touches comes first, for the sake of the processor's cache.
  #state: typeof WAITING | typeof READY | typeof FAILED | typeof SETTLED = WAITING;
  context: Context;
  /** Linked in its task's list of waits to deliver. */
  nextReady: Wait<unknown> | null = null;
  /** Linked in its context while pending. */
  previousOfContext: Wait<unknown> | null = null;
  nextOfContext: Wait<unknown> | null = null;
  #signal: AbortSignal | undefined;
  /** Typed so that a wait for something is a wait for anything. */
  #resolve!: (value: never) => void;
  #reject!: (error: unknown) => void;
  promise: Promise<T>;
  #failure: unknown = undefined;
  /** When it began, on the clock of `performance.now()`; 0 when nobody measured then. */
  sinceMs: number = 0;

  /**
   * Suspends the running task on this wait. An aborted signal or task does not throw here: the wait
   * rejects through the queue like any other.
   * @throws TypeError when the signal is none
   */
  constructor(options: WaitOptions | undefined) {
    // Before it is linked: nobody could end a wait whose constructor has failed.
    if (options !== undefined && options.signal !== undefined) checkSignal(options.signal, "wait");
    this.promise = new Promise<T>(capture);
    this.#resolve = capturedResolve;
    this.#reject = capturedReject;
    this.#signal = undefined;
    this.context = currentContext();
    this.#link();
    if (options !== undefined && options.signal !== undefined) this.#listen(options.signal);
    this.#heedAbort();
  }

  /**
   * Waits once more: the same object, when it has settled, for a source that is waited for over and
   * over.
   */
  protected renew(): void {
    this.promise = new Promise<T>(capture);
    this.#resolve = capturedResolve;
    this.#reject = capturedReject;
    this.#state = WAITING;
    this.previousOfContext = null;
    this.context = currentContext();
    this.#link();
    this.#heedAbort();
  }

  /** What it waits for, in words for a person: `read`, unless a kind knows more. */
  get waitsFor(): string {
    const words = this.constructor.name.replace(/Wait$/, "").split(/(?=[A-Z])/);
    return words.join(" ").toLowerCase();
  }

  /** Whether only the end of a task can wake it: no operation, timer or other event. */
  get isForTask(): boolean {
    return false;
  }

  /** The tasks whose end can wake it, where it is for tasks. */
  get awaitedTasks(): Iterable<Task> {
    return [];
  }

  /** Whether an abort of the task may end it; a wait that is not overrides {@link abort} too. */
  protected get isAbortable(): boolean {
    return true;
  }

  /** Takes the value, or says {@link PENDING}. What it throws rejects the wait. */
  protected abstract poll(): T | typeof PENDING;

  /**
   * The wait was aborted: its source must forget it, and hand a wake-up that it had been given on
   * to the next in line. What it throws rejects the wait, in place of the abort's reason.
   */
  protected abstract cancelled(): void;

  /** Whether the wait has neither been woken nor aborted. */
  get isWaiting(): boolean {
    return this.#state === WAITING;
  }

  /** Whether it has been aborted, or its source has failed: it rejects in its task's turn. */
  get isEnding(): boolean {
    return this.#state === FAILED;
  }

  /** Whether a signal of its own may abort it. */
  get hasSignal(): boolean {
    return this.#signal !== undefined;
  }

  /** Whether the promise is settled: nothing can change any more. */
  get isSettled(): boolean {
    return this.#state === SETTLED;
  }

  /** Something may be there: queues the task. Wakes of a woken wait merge. */
  wake(): void {
    if (this.#state !== WAITING) return;
    this.#state = READY;
    this.context.task.ready(this);
  }

  /** The source failed: rejects with `error` through the queue. */
  fail(error: unknown): void {
    if (this.#state === SETTLED || this.#state === FAILED) return;
    this.#queueFailure(error);
  }

  /**
   * Abort by a task, region or signal. Kinds that lend memory to the kernel override it to ask for
   * a cancel first and to fail only when the kernel has let go.
   */
  abort(reason: unknown): void {
    this.abandon(reason);
  }

  /**
   * Rejects without waiting for anybody: an abort, or the end of the runtime. Kinds that lend
   * memory to the kernel override it: a wait whose memory the kernel never lets go of never
   * rejects, so that nobody frees that memory, or uses it again.
   */
  abandon(reason: unknown): void {
    if (this.#state === SETTLED || this.#state === FAILED) return;
    let failure = reason;
    try {
      this.cancelled();
    } catch (error) {
      // Whoever aborts has more to abort, and nobody else would ever end this wait.
      failure = error;
    }
    this.#queueFailure(failure);
  }

  /** An abort event of the signal: the wait is its own listener, so that none is allocated. */
  handleEvent(): void {
    this.abort(this.#signal?.reason);
  }

  /** Called by the executor, in the task's turn. */
  deliver(): void {
    if (this.#state === FAILED) {
      this.#settle();
      this.#reject(this.#failure);
      return;
    }
    if (this.#state !== READY) return;
    let value: T | typeof PENDING;
    try {
      value = this.poll();
    } catch (error) {
      this.#settle();
      this.#reject(error);
      return;
    }
    if (value === PENDING) {
      this.#state = WAITING;
      return;
    }
    this.#settle();
    this.#resolve(value as never);
  }

  #queueFailure(error: unknown): void {
    const queued = this.#state === READY;
    this.#state = FAILED;
    this.#failure = error;
    if (!queued) this.context.task.ready(this);
  }

  #listen(signal: AbortSignal): void {
    if (signal === this.context.signal) return;
    this.#signal = signal;
    if (signal.aborted) this.#queueFailure(signal.reason);
    else signal.addEventListener("abort", this);
  }

  #link(): void {
    const { context } = this;
    if (context.isDetached) context.revive();
    const first = context.firstWait;
    this.nextOfContext = first;
    if (first !== null) first.previousOfContext = this;
    context.firstWait = this;
    if (waitClock.users !== 0) this.sinceMs = performance.now();
  }

  /** A new wait of a region that has been aborted fails. */
  #heedAbort(): void {
    const { context } = this;
    if (context.aborted && this.isAbortable && this.#state === WAITING) {
      this.#queueFailure(context.reason);
    }
  }

  #settle(): void {
    this.#state = SETTLED;
    if (this.#signal !== undefined) this.#signal.removeEventListener("abort", this);
    const { previousOfContext: previous, nextOfContext: next } = this;
    if (previous === null) this.context.firstWait = next;
    else previous.nextOfContext = next;
    if (next !== null) next.previousOfContext = previous;
  }
}

let takenAtOnceCount = 0;

/**
 * Whether a wait that is ready at once may be taken without going through the run queue: neither
 * the signal nor the task is aborted, and the task can pay a unit of its budget.
 * @returns false when it must become a {@link Wait}, which then rejects or takes its turn
 * @throws TypeError when the signal is none
 */
export function spendBudget(options?: WaitOptions): boolean {
  if (options !== undefined && options.signal !== undefined) {
    checkSignal(options.signal, "wait");
    if (options.signal.aborted) return false;
  }
  const context = currentContext();
  if (context.aborted || !context.task.spendBudget()) return false;
  takenAtOnceCount++;
  return true;
}

/**
 * How often a wait of this thread has taken something at once. `select` compares it before and
 * after it starts a branch: only when nothing was taken may the next one begin at once.
 */
export function takenAtOnce(): number {
  return takenAtOnceCount;
}
