import { ChannelState, closedError } from "./channel-state.ts";
import { Receiver } from "./receiver.ts";
import { SenderHandle } from "./sender-handle.ts";

/** A handle of the sending end of a channel without bounds. Nothing about it ever waits. */
export class UnboundedSender<T> extends SenderHandle<T> {
  /**
   * Puts a message into the channel. @throws ChannelClosedError when handle or channel is closed
   */
  send(message: T): void {
    if (this.isClosed) throw closedError();
    this.state.put(message);
  }

  /** As {@link send}, with the outcome as a value. */
  trySend(message: T): "sent" | "closed" {
    if (this.isClosed) return "closed";
    this.state.put(message);
    return "sent";
  }

  override clone(): UnboundedSender<T> {
    return new UnboundedSender(this.share());
  }
}

/**
 * A queue between tasks without bounds: a send never waits, so nothing but memory stops a sender
 * that is faster than the receivers. Prefer `channel` unless something else bounds the senders.
 * @example
 * ```ts
 * import { unboundedChannel } from "@bascule/sync";
 * const [sender, receiver] = unboundedChannel<number>();
 * sender.send(1);
 * sender.send(2);
 * sender.close();
 * if ((await receiver.recvMany(10)).length !== 2) throw new Error("a message is missing");
 * if ((await receiver.recv()) !== undefined) throw new Error("the channel has not ended");
 * ```
 */
export function unboundedChannel<T>(): [UnboundedSender<T>, Receiver<T>] {
  const state = new ChannelState<T>(Number.POSITIVE_INFINITY);
  return [new UnboundedSender(state), new Receiver(state)];
}
