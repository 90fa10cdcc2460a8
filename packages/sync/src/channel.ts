import { spendBudget, type WaitOptions } from "@bascule/core";
import { ChannelState, closedError, SendWait } from "./channel-state.ts";
import { checkCount } from "./check.ts";
import { Receiver } from "./receiver.ts";
import { SenderHandle } from "./sender-handle.ts";

/** What became of a message that was not waited for. */
export type TrySendResult = "sent" | "full" | "closed";

const SENT: Promise<void> = Promise.resolve();

/**
 * A handle of the end of a bounded channel where messages go in: who sends waits while it is full.
 */
export class Sender<T> extends SenderHandle<T> {
  /** Most messages that wait to be received. */
  get capacity(): number {
    return this.state.capacity;
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
    const { state } = this;
    if (this.isClosed) return Promise.reject(closedError());
    if (state.canPut && spendBudget(options)) {
      state.put(message);
      return SENT;
    }
    return new SendWait(state, message, options).promise;
  }

  /** Puts a message into the channel if there is room that no waiting sender comes before. */
  trySend(message: T): TrySendResult {
    const { state } = this;
    if (this.isClosed) return "closed";
    if (!state.canPut) return "full";
    state.put(message);
    return "sent";
  }

  override clone(): Sender<T> {
    return new Sender(this.share());
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
