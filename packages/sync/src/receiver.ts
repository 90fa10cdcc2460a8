import { iteratorOf, spendBudget, type WaitOptions } from "@bascule/core";
import { checkCount } from "./check.ts";
import { type ChannelState, ReceiveWait } from "./channel-state.ts";

class MessageWait<T> extends ReceiveWait<T, T | undefined> {
  protected override take(): T | undefined {
    return this.state.take();
  }
}

class BatchWait<T> extends ReceiveWait<T, T[]> {
  readonly #max: number;

  constructor(state: ChannelState<T>, max: number, options: WaitOptions | undefined) {
    super(state, options);
    this.#max = max;
  }

  protected override take(): T[] {
    return this.state.takeMany(this.#max);
  }
}

class IterationWait<T> extends ReceiveWait<T, IteratorResult<T, undefined>> {
  protected override take(): IteratorResult<T, undefined> {
    return iteration(this.state);
  }
}

function iteration<T>(state: ChannelState<T>): IteratorResult<T, undefined> {
  if (state.messages.length === 0) return { value: undefined, done: true };
  return { value: state.take() as T, done: false };
}

/**
 * The end of a channel where messages come out, in the order in which they went in. Several tasks
 * may receive from it: each message goes to one of them, in the order in which they began to wait.
 *
 * Iterating ends when the channel is closed and empty. Leaving the loop closes nothing.
 * @example
 * ```ts
 * import { channel } from "@bascule/sync";
 * const [sender, receiver] = channel<number>(4);
 * for (const number of [1, 2, 3]) await sender.send(number);
 * sender.close();
 * let sum = 0;
 * for await (const number of receiver) sum += number;
 * if (sum !== 6) throw new Error("a message is missing");
 * ```
 */
export class Receiver<T> implements AsyncIterable<T>, Disposable {
  readonly #state: ChannelState<T>;

  constructor(state: ChannelState<T>) {
    this.#state = state;
  }

  /** Messages that wait to be received. */
  get length(): number {
    return this.#state.messages.length;
  }

  /** Whether no message can come any more; those that are here can still be received. */
  get isClosed(): boolean {
    return this.#state.isClosed;
  }

  /**
   * Waits for the next message. `undefined` means that the channel is closed and empty; where
   * `undefined` is also a message, iterate instead.
   *
   * Cancel-safe: an abort rejects with its reason and takes no message; one that woke this wait
   * goes to the next in line.
   */
  recv(options?: WaitOptions): Promise<T | undefined> {
    const state = this.#state;
    if (state.canTake && spendBudget(options)) return Promise.resolve(state.take());
    return new MessageWait(state, options).promise;
  }

  /**
   * Waits for at least one message and takes up to `max` that are there. An empty array means that
   * the channel is closed and empty. One wake-up for many messages: the cheap way to empty a busy
   * inbox.
   *
   * Cancel-safe, as {@link recv}.
   * @throws RangeError when `max` is not a whole number of at least 1
   */
  recvMany(max: number, options?: WaitOptions): Promise<T[]> {
    checkCount(max, "a batch size of");
    const state = this.#state;
    if (state.canTake && spendBudget(options)) return Promise.resolve(state.takeMany(max));
    return new BatchWait(state, max, options).promise;
  }

  /** The next message if one is here that no waiting receiver comes before; else undefined. */
  tryRecv(): T | undefined {
    const state = this.#state;
    return state.receiving.isIdle ? state.take() : undefined;
  }

  /**
   * Accepts nothing from now on: sends that wait, and every later one, fail with
   * `ChannelClosedError`. What is here can still be received.
   */
  close(): void {
    this.#state.close();
  }

  /** Closes, and drops what is here. */
  [Symbol.dispose](): void {
    this.#state.close();
    this.#state.messages.clear();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    const state = this.#state;
    return iteratorOf(() => {
      if (state.canTake && spendBudget()) return Promise.resolve(iteration(state));
      return new IterationWait(state, undefined).promise;
    });
  }
}
