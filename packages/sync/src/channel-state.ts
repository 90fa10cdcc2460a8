import type { PENDING, WaitOptions } from "@bascule/core";
import { ChannelClosedError } from "./errors.ts";
import { Ring } from "./ring.ts";
import { LineWait, TurnLine } from "./wait-line.ts";

/**
 * What the two ends of a channel share. Messages stand in a ring; receivers and senders wait in a
 * line each, woken one for one as messages or room appear.
 */
export class ChannelState<T> {
  /** Most messages that wait to be received; Infinity for an unbounded channel. */
  readonly capacity: number;
  readonly messages: Ring<T> = new Ring();
  readonly receiving: TurnLine = new TurnLine();
  readonly sending: TurnLine = new TurnLine();
  /** Sender handles that are open. */
  handles: number = 1;
  /** No message can come any more; those that are here can still be received. */
  isClosed: boolean = false;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Whether a message fits without overtaking a sender that waits. */
  get canPut(): boolean {
    return this.messages.length < this.capacity && this.sending.isIdle;
  }

  /** Whether a receiver need not wait, and overtakes nobody. */
  get canTake(): boolean {
    return (this.messages.length !== 0 || this.isClosed) && this.receiving.isIdle;
  }

  put(message: T): void {
    this.messages.push(message);
    if (this.receiving.first !== null) this.receiving.admit(this.messages.length);
  }

  /** Takes the oldest message; undefined when the channel is closed and empty. */
  take(): T | undefined {
    const message = this.messages.shift();
    if (this.sending.first !== null) this.admitSenders();
    return message;
  }

  /**
   * Takes up to `max` messages, leaving those that woken receivers have been promised. (In a closed
   * channel more are woken than there are messages: then whoever comes first takes one.)
   */
  takeMany(max: number): T[] {
    const { length } = this.messages;
    const count = Math.min(max, length, Math.max(1, length - this.receiving.promised));
    const taken: T[] = [];
    for (let i = 0; i < count; i++) taken.push(this.messages.shift() as T);
    if (this.sending.first !== null) this.admitSenders();
    return taken;
  }

  admitSenders(): void {
    this.sending.admit(this.capacity - this.messages.length);
  }

  admitReceivers(): void {
    this.receiving.admit(this.isClosed ? Number.POSITIVE_INFINITY : this.messages.length);
  }

  /** From now on nothing is accepted: waiting sends fail, waiting receivers get what is left. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.sending.failAll(closedError);
    this.admitReceivers();
  }

  /** Ends the channel when no handle is open and no send is under way. */
  closeIfUnused(): void {
    if (this.handles === 0 && this.sending.isIdle) this.close();
  }
}

export function closedError(): ChannelClosedError {
  return new ChannelClosedError("Cannot send a message: the channel is closed");
}

/** A send that waits for room. The message is not in the channel before the wait is delivered. */
export class SendWait<T> extends LineWait<void> {
  readonly #state: ChannelState<T>;
  readonly #message: T;

  constructor(state: ChannelState<T>, message: T, options: WaitOptions | undefined) {
    super(options);
    this.#state = state;
    this.#message = message;
    if (!this.isWaiting) return;
    state.sending.enter(this);
    state.admitSenders();
  }

  override get waitsFor(): string {
    return "room in a channel";
  }

  protected override poll(): void {
    const state = this.#state;
    state.sending.arrive();
    if (state.isClosed) throw closedError();
    state.put(this.#message);
    state.closeIfUnused();
  }

  protected override cancelled(): void {
    const state = this.#state;
    state.sending.leave(this);
    state.admitSenders();
    state.closeIfUnused();
  }
}

/** A wait for a message, whatever form it is handed out in. */
export abstract class ReceiveWait<T, R> extends LineWait<R> {
  protected readonly state: ChannelState<T>;

  constructor(state: ChannelState<T>, options: WaitOptions | undefined) {
    super(options);
    this.state = state;
    if (!this.isWaiting) return;
    state.receiving.enter(this);
    state.admitReceivers();
  }

  override get waitsFor(): string {
    return "message of a channel";
  }

  protected abstract take(): R;

  protected override poll(): R | typeof PENDING {
    this.state.receiving.arrive();
    return this.take();
  }

  protected override cancelled(): void {
    this.state.receiving.leave(this);
    this.state.admitReceivers();
  }
}
