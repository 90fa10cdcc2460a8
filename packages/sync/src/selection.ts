import {
  AbortError,
  Context,
  contextStorage,
  currentContext,
  HAND_ON_HOPS,
  takenAtOnce,
  Wait,
  yieldNow,
} from "@bascule/core";
import { peek } from "bun";

/** A branch as the selection sees it; the types are the business of `select`. */
export type Branch = (signal: AbortSignal) => unknown;

/** Which branch has won, and with what. */
export interface Outcome {
  readonly key: string;
  readonly value: unknown;
}

/** What losers are aborted with. One for all: it says nothing that depends on the place. */
const LOST: AbortError = new AbortError("Another branch of select has won");

/**
 * A wait for nothing but an abort, which reaches the branches before anything else is delivered.
 */
class AbortWait extends Wait<void> {
  readonly #selection: Selection;

  constructor(selection: Selection, signal: AbortSignal) {
    super({ signal });
    this.#selection = selection;
  }

  override abort(reason: unknown): void {
    this.#selection.abortBranches(reason);
    super.abort(reason);
  }

  protected override poll(): void {}
  protected override cancelled(): void {}
}

/** A branch that has begun, in a region of the task that can be aborted by itself. */
class RunningBranch extends Context {
  readonly key: string;
  readonly #selection: Selection;
  readonly #wantsSignal: boolean;

  constructor(key: string, selection: Selection, parent: Context, wantsSignal: boolean) {
    super(parent.task, parent, false);
    this.key = key;
    this.#selection = selection;
    this.#wantsSignal = wantsSignal;
  }

  begin(branch: Branch): unknown {
    const signal = this.#wantsSignal ? this.abortSignal : neverAborted();
    return contextStorage.run(this, branch, signal);
  }

  /**
   * What only looks like a promise may begin its wait when it is asked: that belongs to the branch.
   */
  adopt(thenable: PromiseLike<unknown>): Promise<unknown> {
    return contextStorage.run(
      this,
      () => new Promise((resolve, reject) => void thenable.then(resolve, reject)),
    );
  }

  /** By the selection, or by what is around it: by its task, a scope, a `timeout`. */
  override abort(reason: unknown): void {
    super.abort(reason);
    this.#selection.heedAbort();
  }

  /** Whether an error is nothing but the answer to the abort. */
  isAbort(error: unknown): boolean {
    const { aborted, reason } = this;
    if (!aborted) return false;
    if (error === reason) return true;
    // Clean-up by `using` has met the abort as well.
    if (error instanceof SuppressedError) {
      return this.isAbort(error.error) && this.isAbort(error.suppressed);
    }
    if (error instanceof AggregateError && error.errors.length > 0) {
      return error.errors.every((each) => this.isAbort(each));
    }
    return error instanceof Error && (error.cause === reason || error.name === "AbortError");
  }
}

let sharedController: AbortController | null = null;

/** For a branch that declares no parameter: making a signal costs more than all the rest of it. */
function neverAborted(): AbortSignal {
  sharedController ??= new AbortController();
  return sharedController.signal;
}

/**
 * One select under way. Branches are begun one after the other. As soon as one of them has settled
 * the rest is not begun, and those that were are aborted: their waits have taken nothing, because a
 * wait takes its value only when it is delivered, and waits are delivered one by one.
 */
export class Selection {
  isDecided: boolean = false;
  readonly #branches: Record<string, Branch>;
  readonly #keys: string[];
  readonly #first: number;
  readonly #context: Context = currentContext();
  #begun: number = 0;
  readonly #running: RunningBranch[] = [];
  #abortWait: AbortWait | null = null;
  #isHeeding: boolean = false;
  #resolve: ((outcome: Outcome) => void) | null = null;
  #reject: ((error: unknown) => void) | null = null;
  #outcome: Outcome | null = null;
  #failure: unknown = undefined;

  /** @param first index of the key to begin with */
  constructor(branches: Record<string, Branch>, keys: string[], first: number) {
    this.#branches = branches;
    this.#keys = keys;
    this.#first = first;
  }

  /** Settles as soon as it is decided. Asked for once. */
  get promise(): Promise<Outcome> {
    if (this.#outcome !== null) return Promise.resolve(this.#outcome);
    if (this.isDecided) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /**
   * Begins branches until one has settled or all have begun.
   * @returns false when a branch took something at once but has yet to hand it on: the next one
   *   must not begin before that, or both would have taken
   */
  begin(): boolean {
    const { length } = this.#keys;
    while (this.#begun < length && !this.isDecided) {
      const key = this.#keys[(this.#first + this.#begun++) % length] as string;
      const taken = takenAtOnce();
      this.#beginBranch(key, this.#branches[key] as Branch);
      if (!this.isDecided && takenAtOnce() !== taken && this.#begun < length) return false;
    }
    if (this.#context.aborted) this.heedAbort();
    return true;
  }

  /**
   * As {@link begin}, each time after what was taken has been handed on, or its branch waits again.
   */
  async beginLater(): Promise<void> {
    do {
      await this.#handOn();
      if (!this.isDecided) await yieldNow();
    } while (!this.begin());
  }

  /** Lets an abort of `signal` end it, whatever the branches make of theirs. */
  listen(signal: AbortSignal): void {
    this.#abortWait = new AbortWait(this, signal);
    this.#abortWait.promise.catch((error: unknown) => this.fail(error));
  }

  /** From now on no branch takes anything; it is decided when the abort is delivered. */
  abortBranches(reason: unknown): void {
    if (this.isDecided) return;
    this.#begun = this.#keys.length;
    for (const running of this.#running) running.abort(reason);
  }

  /**
   * What is around it has been aborted. A branch with a wait of Bascule's answers to that by
   * itself; where none has one, nobody else may ever. Said after the task's turn: until then a
   * value that was taken before can still be handed on.
   */
  heedAbort(): void {
    if (this.isDecided || this.#isHeeding) return;
    this.#isHeeding = true;
    contextStorage.run(this.#context, yieldNow).catch((reason: unknown) => this.#giveUp(reason));
  }

  async #giveUp(reason: unknown): Promise<void> {
    await this.#handOn();
    if (!this.#running.some((running) => running.isWaiting)) this.fail(reason);
  }

  /** What a branch took at once has time to come out of the functions around its wait. */
  async #handOn(): Promise<void> {
    for (let hops = 0; hops < HAND_ON_HOPS && !this.isDecided; hops++) await null;
  }

  fail(error: unknown): void {
    if (this.isDecided) return;
    this.#failure = error;
    this.#decide(null, error);
    this.#reject?.(error);
  }

  #beginBranch(key: string, branch: Branch): void {
    const running = new RunningBranch(key, this, this.#context, branch.length !== 0);
    this.#running.push(running);
    let result: unknown;
    try {
      result = running.begin(branch);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (result instanceof Promise) this.#settleOrWatch(running, result);
    else if (isThenable(result)) this.#watch(running, running.adopt(result));
    else this.#win(running, result);
  }

  #settleOrWatch(running: RunningBranch, promise: Promise<unknown>): void {
    const settled = peek(promise);
    if (settled === promise) {
      this.#watch(running, promise);
    } else if (peek.status(promise) === "fulfilled") {
      this.#win(running, settled);
    } else {
      promise.catch(ignore);
      this.fail(settled);
    }
  }

  #watch(running: RunningBranch, promise: Promise<unknown>): void {
    promise.then(
      (value) => {
        if (this.isDecided) this.#adopt(value);
        else this.#win(running, value);
      },
      (error: unknown) => {
        if (!this.isDecided) this.fail(error);
        // What a loser fails with, other than its abort, must not vanish: it is left unhandled.
        else if (!running.isAbort(error)) throw error;
      },
    );
  }

  #win(running: RunningBranch, value: unknown): void {
    const outcome = { key: running.key, value };
    this.#outcome = outcome;
    this.#decide(running, LOST);
    this.#resolve?.(outcome);
  }

  /** Aborts everything but the winner. */
  #decide(winner: RunningBranch | null, reason: unknown): void {
    this.isDecided = true;
    for (const running of this.#running) {
      if (running !== winner) running.abort(reason);
      running.leave();
    }
    this.#abortWait?.wake();
  }

  /** A loser ended well all the same: a descriptor or lock in its value must not stay behind. */
  #adopt(value: unknown): void {
    if (value === null || typeof value !== "object") return;
    if (Symbol.asyncDispose in value) void (value as AsyncDisposable)[Symbol.asyncDispose]();
    else if (Symbol.dispose in value) (value as Disposable)[Symbol.dispose]();
  }
}

function ignore(): void {}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  return "then" in value && typeof value.then === "function";
}
