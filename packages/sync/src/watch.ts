import { oneByOne, spendBudget, type WaitOptions, yieldNow } from "@bascule/core";
import { closedError } from "./channel-state.ts";
import { ChannelClosedError } from "./errors.ts";
import { LineWait, WaitLine } from "./wait-line.ts";

/** What sender and receivers share: the newest value and how often it was set. */
class WatchState<T> {
  value: T;
  version: number = 0;
  isClosed: boolean = false;
  readonly line: WaitLine = new WaitLine();

  constructor(value: T) {
    this.value = value;
  }
}

/** What one receiver has seen. */
interface Seen {
  version: number;
}

class ChangeWait<T> extends LineWait<boolean> {
  readonly #state: WatchState<T>;
  readonly #seen: Seen;
  readonly #since: number;

  constructor(state: WatchState<T>, seen: Seen, options: WaitOptions | undefined) {
    super(options);
    this.#state = state;
    this.#seen = seen;
    this.#since = seen.version;
    if (!this.isWaiting) return;
    if (state.isClosed || state.version > this.#since) this.wake();
    else state.line.enter(this);
  }

  override get waitsFor(): string {
    return "change of a watched value";
  }

  protected override poll(): boolean {
    const { version } = this.#state;
    if (version <= this.#since) return false;
    this.#seen.version = version;
    return true;
  }

  protected override cancelled(): void {
    this.#state.line.remove(this);
  }
}

/** The receiving end of a watch: the newest value, and waits for a newer one. */
export class WatchReceiver<T> implements AsyncIterable<T> {
  readonly #state: WatchState<T>;
  readonly #seen: Seen;

  constructor(state: WatchState<T>) {
    this.#state = state;
    this.#seen = { version: state.version };
  }

  /** The newest value. Reading it does not mark it as seen. */
  get value(): T {
    return this.#state.value;
  }

  /** Whether there is a value that {@link changed} would tell of at once. */
  get hasChanged(): boolean {
    return this.#state.version > this.#seen.version;
  }

  /** Whether no newer value can come. */
  get isClosed(): boolean {
    return this.#state.isClosed;
  }

  /**
   * Waits until there is a value newer than the last one this receiver was told of, and marks it as
   * seen. Values in between are skipped. `false` means that the sender is closed and the last value
   * has been seen.
   *
   * Cancel-safe: an abort rejects with its reason and marks nothing as seen.
   */
  changed(options?: WaitOptions): Promise<boolean> {
    return this.#changedSince(this.#seen, options);
  }

  #changedSince(seen: Seen, options: WaitOptions | undefined): Promise<boolean> {
    const { version, isClosed } = this.#state;
    const isNewer = version > seen.version;
    if ((isNewer || isClosed) && spendBudget(options)) {
      seen.version = version;
      return Promise.resolve(isNewer);
    }
    return new ChangeWait(this.#state, seen, options).promise;
  }

  /**
   * Waits until the newest value satisfies `predicate`, beginning with the present one, and
   * resolves with it, which marks it as seen. Values that are replaced before this receiver's turn
   * are not looked at.
   *
   * Cancel-safe: an abort, and a failure, mark nothing as seen.
   * @throws (rejects) ChannelClosedError when the sender is closed first; what `predicate` throws
   */
  async waitFor(predicate: (value: T) => boolean, options?: WaitOptions): Promise<T> {
    const state = this.#state;
    const looked: Seen = { version: 0 };
    for (;;) {
      if (!spendBudget(options)) await yieldNow(options);
      const { value, version } = state;
      if (predicate(value)) {
        this.#seen.version = version;
        return value;
      }
      looked.version = version;
      if (!(await this.#changedSince(looked, options))) {
        throw new ChannelClosedError("Cannot wait for a value: the watch is closed");
      }
    }
  }

  /**
   * The present value, then each newer one; ends when the sender is closed.
   *
   * Cancel-safe: an aborted `next` marks nothing as seen, and the following one goes on.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    let hasBegun = false;
    return oneByOne(async () => {
      if (hasBegun && !(await this.changed())) return { value: undefined, done: true };
      hasBegun = true;
      this.#seen.version = this.#state.version;
      return { value: this.#state.value, done: false };
    });
  }
}

/** The sending end of a watch. Nothing about it ever waits. */
export class WatchSender<T> implements Disposable {
  readonly #state: WatchState<T>;

  constructor(initial: T) {
    this.#state = new WatchState(initial);
  }

  /** The newest value. */
  get value(): T {
    return this.#state.value;
  }

  get isClosed(): boolean {
    return this.#state.isClosed;
  }

  /** Waits for a newer value. */
  get waiting(): number {
    return this.#state.line.length;
  }

  /** A receiver that counts the present value as seen. */
  subscribe(): WatchReceiver<T> {
    return new WatchReceiver(this.#state);
  }

  /** Replaces the value and wakes every receiver. @throws ChannelClosedError after {@link close} */
  send(value: T): void {
    const state = this.#state;
    if (state.isClosed) throw closedError();
    state.value = value;
    state.version++;
    state.line.wakeAll();
  }

  /** As {@link send}, with a value made from the present one. */
  update(change: (value: T) => T): void {
    this.send(change(this.#state.value));
  }

  /** No newer value will come: receivers that wait are told. The last value can still be read. */
  close(): void {
    this.#state.isClosed = true;
    this.#state.line.wakeAll();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * One value that changes, and everybody who wants to know: configuration, a state, a shutdown flag.
 * Receivers see the newest value; who is slow skips those in between.
 * @example
 * ```ts
 * import { watch } from "@bascule/sync";
 * const state = watch("starting");
 * const receiver = state.subscribe();
 * state.send("ready");
 * if (!(await receiver.changed()) || receiver.value !== "ready") throw new Error("not told");
 * ```
 */
export function watch<T>(initial: T): WatchSender<T> {
  return new WatchSender(initial);
}
