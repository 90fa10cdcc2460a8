import { type ChannelState, closedError } from "./channel-state.ts";

/**
 * A handle of the end of a channel where messages go in. The channel ends when every handle has
 * been closed and what they were sending has gone through, or when the receiver closes it.
 */
export abstract class SenderHandle<T> implements Disposable {
  protected readonly state: ChannelState<T>;
  #isOpen: boolean = true;

  constructor(state: ChannelState<T>) {
    this.state = state;
  }

  /** Messages that wait to be received. */
  get length(): number {
    return this.state.messages.length;
  }

  /** Whether this handle or the channel is closed: nothing can be sent. */
  get isClosed(): boolean {
    return !this.#isOpen || this.state.isClosed;
  }

  /** Another handle, closed by itself. @throws ChannelClosedError when this one is closed */
  abstract clone(): SenderHandle<T>;

  /** Closes this handle; the last one ends the channel. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.state.handles--;
    this.state.closeIfUnused();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Counts one more handle, for `clone`. */
  protected share(): ChannelState<T> {
    if (!this.#isOpen) throw closedError();
    this.state.handles++;
    return this.state;
  }
}
