import { spendBudget, type WaitOptions } from "@bascule/core";
import { ChannelState, closedError, SendWait } from "./channel-state.ts";
import { checkCount } from "./check.ts";
import { Receiver } from "./receiver.ts";

/** What became of a message that was not waited for. */
export type TrySendResult = "sent" | "full" | "closed";

const SENT: Promise<void> = Promise.resolve();

/**
 * A handle of the end of a channel where messages go in. The channel ends when every handle has
 * been closed and what they were sending has gone through, or when the receiver closes it.
 */
export class Sender<T> implements Disposable {
  readonly #state: ChannelState<T>;
  #isOpen: boolean = true;

  constructor(state: ChannelState<T>) {
    this.#state = state;
  }

  /** Most messages that wait to be received. */
  get capacity(): number {
    return this.#state.capacity;
  }

  /** Messages that wait to be received. */
  get length(): number {
    return this.#state.messages.length;
  }

  /** Whether this handle or the channel is closed: nothing can be sent. */
  get isClosed(): boolean {
    return !this.#isOpen || this.#state.isClosed;
  }

  /**
   * Puts a message into the channel, waiting for room while it is full. Senders get room in the
   * order in which they asked.
   *
   * Cancel-safe: an abort rejects with its reason, and the message is not in the channel then.
   * @throws (rejects) ChannelClosedError when this handle or the channel is closed, also meanwhile;
   *   closing this handle lets sends that wait already finish
   */
  send(message: T, options?: WaitOptions): Promise<void> {
    const state = this.#state;
    if (this.isClosed) return Promise.reject(closedError());
    if (state.canPut && spendBudget(options)) {
      state.put(message);
      return SENT;
    }
    return new SendWait(state, message, options).promise;
  }

  /** Puts a message into the channel if there is room that no waiting sender comes before. */
  trySend(message: T): TrySendResult {
    const state = this.#state;
    if (this.isClosed) return "closed";
    if (!state.canPut) return "full";
    state.put(message);
    return "sent";
  }

  /** Another handle, closed by itself. @throws ChannelClosedError when this one is closed */
  clone(): Sender<T> {
    if (!this.#isOpen) throw closedError();
    this.#state.handles++;
    return new Sender(this.#state);
  }

  /** Closes this handle; the last one ends the channel. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#state.handles--;
    this.#state.closeIfUnused();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * A queue between tasks that holds at most `capacity` messages: who sends faster than others
 * receive has to wait.
 *
 * @throws RangeError when `capacity` is not a whole number of at least 1
 * @example
 * ```ts
 * import { spawn } from "@bascule/core";
 * import { channel } from "@bascule/sync";
 * const [sender, receiver] = channel<string>(2);
 * spawn(async () => {
 *   using tx = sender;
 *   for (const word of ["one", "two", "three"]) await tx.send(word);
 * });
 * const words: string[] = [];
 * for await (const word of receiver) words.push(word);
 * if (words.join() !== "one,two,three") throw new Error("a message is missing");
 * ```
 */
export function channel<T>(capacity: number): [Sender<T>, Receiver<T>] {
  checkCount(capacity, "a channel capacity of");
  const state = new ChannelState<T>(capacity);
  return [new Sender(state), new Receiver(state)];
}
