import type { PENDING, WaitOptions } from "@bascule/core";
import { LaggedError } from "./errors.ts";
import { LineWait, TurnLine } from "./wait-line.ts";

/**
 * What senders and receivers of a broadcast share: a ring of the newest messages. A message is
 * dropped when every receiver has taken it, or when it is overwritten.
 */
export class BroadcastState<T> {
  readonly capacity: number;
  /** Sequence number of the next message; the ring holds those from `end - capacity` on. */
  end: number = 0;
  isClosed: boolean = false;
  readonly cursors: Set<Cursor<T>> = new Set();
  readonly #messages: (T | undefined)[] = [];
  /** How many receivers have yet to take the message in this place. */
  readonly #unseen: number[] = [];
  /** Receivers with somebody waiting, to wake at the next message. */
  #waiting: Set<Cursor<T>> = new Set();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  put(message: T): void {
    const place = this.end % this.capacity;
    this.#messages[place] = message;
    this.#unseen[place] = this.cursors.size;
    this.end++;
    this.#wakeWaiting();
  }

  /** Hands a receiver the message with this number, which the ring must hold. */
  take(sequence: number): T {
    const place = sequence % this.capacity;
    const message = this.#messages[place] as T;
    this.forget(sequence);
    return message;
  }

  /** One receiver less will ask for this message. */
  forget(sequence: number): void {
    const place = sequence % this.capacity;
    const unseen = (this.#unseen[place] ?? 0) - 1;
    this.#unseen[place] = unseen;
    if (unseen === 0) this.#messages[place] = undefined;
  }

  /** `cursor` wants to be asked to admit its waits at the next message. */
  await(cursor: Cursor<T>): void {
    this.#waiting.add(cursor);
  }

  /** A receiver has left. */
  leave(cursor: Cursor<T>): void {
    this.cursors.delete(cursor);
    this.#waiting.delete(cursor);
  }

  close(): void {
    this.isClosed = true;
    this.#wakeWaiting();
  }

  #wakeWaiting(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const cursor of waiting) cursor.admit();
  }
}

/** Where one receiver stands, and who waits there. */
export class Cursor<T> {
  readonly state: BroadcastState<T>;
  readonly line: TurnLine = new TurnLine();
  isClosed: boolean = false;
  #next: number;

  constructor(state: BroadcastState<T>) {
    this.state = state;
    this.#next = state.end;
    state.cursors.add(this);
  }

  /** Messages not received yet, among them those that were overwritten meanwhile. */
  get length(): number {
    return this.isClosed ? 0 : this.state.end - this.#next;
  }

  /** Whether there is something to tell: a message, a gap, or the end. */
  get isReady(): boolean {
    return this.isClosed || this.state.isClosed || this.#next < this.state.end;
  }

  /**
   * Only one wait is woken at a time: after a gap there may be fewer messages than were promised.
   */
  admit(): void {
    if (this.isReady) this.line.admit(1);
    else if (this.line.first !== null) this.state.await(this);
  }

  /** The next message, or undefined at the end. @throws LaggedError once for every gap */
  take(): T | undefined {
    if (this.length === 0) return undefined;
    const oldest = this.state.end - this.state.capacity;
    if (this.#next < oldest) {
      const missed = oldest - this.#next;
      this.#next = oldest;
      throw new LaggedError(missed);
    }
    return this.state.take(this.#next++);
  }

  /** Leaves: what was not received counts as seen. */
  close(): void {
    if (this.isClosed) return;
    const { state } = this;
    const oldest = Math.max(this.#next, state.end - state.capacity);
    for (let sequence = oldest; sequence < state.end; sequence++) state.forget(sequence);
    this.isClosed = true;
    state.leave(this);
    this.admit();
  }
}

/** A wait for the next message, whatever form it is handed out in. */
export abstract class CursorWait<T, R> extends LineWait<R> {
  protected readonly cursor: Cursor<T>;

  constructor(cursor: Cursor<T>, options: WaitOptions | undefined) {
    super(options);
    this.cursor = cursor;
    if (!this.isWaiting) return;
    cursor.line.enter(this);
    cursor.admit();
  }

  override get waitsFor(): string {
    return "message of a broadcast";
  }

  protected abstract take(): R;

  protected override poll(): R | typeof PENDING {
    this.cursor.line.arrive();
    try {
      return this.take();
    } finally {
      this.cursor.admit();
    }
  }

  protected override cancelled(): void {
    this.cursor.line.leave(this);
    this.cursor.admit();
  }
}
