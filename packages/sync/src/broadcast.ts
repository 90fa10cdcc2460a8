import { iteratorOf, spendBudget, type WaitOptions } from "@bascule/core";
import { BroadcastState, Cursor, CursorWait } from "./broadcast-state.ts";
import { checkCount } from "./check.ts";
import { closedError } from "./channel-state.ts";

class MessageWait<T> extends CursorWait<T, T | undefined> {
  protected override take(): T | undefined {
    return this.cursor.take();
  }
}

class IterationWait<T> extends CursorWait<T, IteratorResult<T, undefined>> {
  protected override take(): IteratorResult<T, undefined> {
    return iteration(this.cursor);
  }
}

function iteration<T>(cursor: Cursor<T>): IteratorResult<T, undefined> {
  if (cursor.length === 0) return { value: undefined, done: true };
  return { value: cursor.take() as T, done: false };
}

/** Runs what may throw a `LaggedError` and makes a promise of the outcome. */
function outcome<T, R>(cursor: Cursor<T>, take: (cursor: Cursor<T>) => R): Promise<R> {
  try {
    return Promise.resolve(take(cursor));
  } catch (error) {
    return Promise.reject(error);
  }
}

function takeMessage<T>(cursor: Cursor<T>): T | undefined {
  return cursor.take();
}

/**
 * Receives every message that is sent after it was subscribed. Disposing or closing it leaves.
 *
 * Iterating ends when the broadcast is closed, and throws `LaggedError` after a gap; a new loop
 * goes on from there. Leaving the loop does not unsubscribe.
 */
export class BroadcastReceiver<T> implements AsyncIterable<T>, Disposable {
  readonly #cursor: Cursor<T>;

  constructor(cursor: Cursor<T>) {
    this.#cursor = cursor;
  }

  /** Messages sent and not received yet, among them those already overwritten. */
  get length(): number {
    return this.#cursor.length;
  }

  /**
   * Waits for the next message. `undefined` means that the broadcast or this receiver is closed and
   * everything has been received.
   *
   * Cancel-safe: an abort rejects with its reason and takes no message, nor the news of a gap.
   * @throws (rejects) LaggedError once when messages were overwritten, with their number as
   *   `missed`; the next call goes on with the oldest message that is left
   */
  recv(options?: WaitOptions): Promise<T | undefined> {
    const cursor = this.#cursor;
    if (cursor.isReady && cursor.line.isIdle && spendBudget(options)) {
      return outcome(cursor, takeMessage);
    }
    return new MessageWait(cursor, options).promise;
  }

  /**
   * The next message if one is here that no waiting `recv` comes before; else undefined.
   * @throws LaggedError as {@link recv}
   */
  tryRecv(): T | undefined {
    return this.#cursor.line.isIdle ? this.#cursor.take() : undefined;
  }

  /** Another receiver, for what is sent from now on. */
  resubscribe(): BroadcastReceiver<T> {
    return new BroadcastReceiver(new Cursor(this.#cursor.state));
  }

  /** Leaves: waits here end with `undefined`, and what was not received is dropped. */
  close(): void {
    this.#cursor.close();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    const cursor = this.#cursor;
    return iteratorOf(() => {
      if (cursor.isReady && cursor.line.isIdle && spendBudget()) return outcome(cursor, iteration);
      return new IterationWait(cursor, undefined).promise;
    });
  }
}

/** The sending end of a broadcast. Nothing about it ever waits. */
export class BroadcastSender<T> implements Disposable {
  readonly #state: BroadcastState<T>;

  constructor(state: BroadcastState<T>) {
    this.#state = state;
  }

  /** Receivers that would get a message now. */
  get receiverCount(): number {
    return this.#state.cursors.size;
  }

  get isClosed(): boolean {
    return this.#state.isClosed;
  }

  /** A receiver of everything that is sent from now on. */
  subscribe(): BroadcastReceiver<T> {
    return new BroadcastReceiver(new Cursor(this.#state));
  }

  /**
   * Sends to every receiver, overwriting the oldest message when the ring is full.
   * @returns how many receivers there are; a message for nobody is dropped
   * @throws ChannelClosedError after {@link close}
   */
  send(message: T): number {
    const state = this.#state;
    if (state.isClosed) throw closedError();
    const { size } = state.cursors;
    if (size !== 0) state.put(message);
    return size;
  }

  /** Ends the broadcast: receivers get what is left, then the end. */
  close(): void {
    this.#state.close();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Every message to every receiver. The ring keeps the newest `capacity` messages: a receiver that
 * falls further behind slows nobody down, but is told how many messages it missed.
 *
 * @throws RangeError when `capacity` is not a whole number of at least 1
 * @example
 * ```ts
 * import { broadcast, LaggedError } from "@bascule/sync";
 * const sender = broadcast<number>(2);
 * const receiver = sender.subscribe();
 * for (const number of [1, 2, 3]) sender.send(number);
 * const error = await receiver.recv().catch((reason) => reason);
 * if (!(error instanceof LaggedError) || error.missed !== 1) throw new Error("no gap was told");
 * if ((await receiver.recv()) !== 2) throw new Error("it does not go on");
 * ```
 */
export function broadcast<T>(capacity: number): BroadcastSender<T> {
  checkCount(capacity, "a broadcast capacity of");
  return new BroadcastSender(new BroadcastState<T>(capacity));
}
