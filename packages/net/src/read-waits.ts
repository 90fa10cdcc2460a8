import { PENDING, type Runtime, Wait, type WaitOptions } from "@bascule/core";
import { failureFor, UnexpectedEofError } from "./errors.ts";
import type { Inbox } from "./inbox.ts";
import { Lease } from "./lease.ts";
import type { WaitList } from "./wait-list.ts";

/** What belongs to a socket and is read from it, by one reader after the other. */
interface ReadSource extends WaitList<Wait<unknown>> {
  /** For diagnosis. */
  readonly fd: number;
  /** Whether a read would find something, or a failure, at once. */
  readonly isReady: boolean;
  /** Starts receiving, unless that is under way or there is no room. */
  arm(): void;
}

/** A reader in the inbox's queue. What it takes, it takes when the executor delivers it. */
export abstract class InboxWait<T, I extends ReadSource = Inbox> extends Wait<T> {
  protected readonly inbox: I;

  constructor(inbox: I, options: WaitOptions | undefined) {
    super(options);
    this.inbox = inbox;
  }

  override get waitsFor(): string {
    return `${super.waitsFor} on descriptor ${this.inbox.fd}`;
  }

  /** Joins the queue, once the fields of the kind are set. */
  enqueue(): Promise<T> {
    if (!this.isWaiting) return this.promise;
    const { inbox } = this;
    inbox.addWait(this);
    if (inbox.firstWait !== this) return this.promise;
    if (inbox.isReady) this.wake();
    else inbox.arm();
    return this.promise;
  }

  /** The next wait of its kind, with the same object, once it has settled. */
  again(): Promise<T> {
    this.renew();
    return this.enqueue();
  }

  protected abstract take(): T | typeof PENDING;

  protected override poll(): T | typeof PENDING {
    let value: T | typeof PENDING;
    try {
      value = this.take();
    } catch (error) {
      this.cancelled();
      throw failureFor(this.context.task, error);
    }
    if (value !== PENDING) this.cancelled();
    return value;
  }

  /** Leaves the queue; what is there is the next reader's. */
  protected override cancelled(): void {
    const { inbox } = this;
    inbox.removeWait(this);
    if (inbox.firstWait !== null && inbox.isReady) inbox.firstWait.wake();
  }
}

/** A wait that is kept for the next read keeps what the last one gave alive as well. */
const SPARE_BYTES_MAX = 4096;

export class ReadWait extends InboxWait<Uint8Array | null> {
  #max: number;

  constructor(inbox: Inbox, max: number, options: WaitOptions | undefined) {
    super(inbox, options);
    this.#max = max;
  }

  /** As {@link again}, for at most so many bytes. */
  readAgain(max: number): Promise<Uint8Array | null> {
    this.#max = max;
    return this.again();
  }

  protected override take(): Uint8Array | null | typeof PENDING {
    const bytes = this.inbox.read(this.#max);
    if (bytes === PENDING || bytes === null || this.hasSignal) return bytes;
    if (bytes.byteLength <= SPARE_BYTES_MAX) this.inbox.spare = this;
    return bytes;
  }
}

/** The same for `for await`: gives the iterator's result without a further promise. */
export class IterateWait extends InboxWait<IteratorResult<Uint8Array, undefined>> {
  readonly #max: number;

  constructor(inbox: Inbox, max: number) {
    super(inbox, undefined);
    this.#max = max;
  }

  override get waitsFor(): string {
    return `read on descriptor ${this.inbox.fd}`;
  }

  protected override take(): IteratorResult<Uint8Array, undefined> | typeof PENDING {
    const bytes = this.inbox.read(this.#max);
    if (bytes === PENDING) return PENDING;
    return bytes === null ? { done: true, value: undefined } : { done: false, value: bytes };
  }
}

/** Reads into a buffer that was moved here, and moves it back. */
export class ReadIntoWait extends InboxWait<{ bytesRead: number; buffer: ArrayBuffer }> {
  readonly #buffer: ArrayBuffer;

  constructor(inbox: Inbox, buffer: ArrayBuffer, options: WaitOptions | undefined) {
    super(inbox, options);
    this.#buffer = buffer;
  }

  protected override take(): { bytesRead: number; buffer: ArrayBuffer } | typeof PENDING {
    const bytesRead = this.inbox.readInto(new Uint8Array(this.#buffer));
    return bytesRead === PENDING ? PENDING : { bytesRead, buffer: this.#buffer };
  }
}

/** Takes nothing before all of it has come, so that an abort leaves everything in the inbox. */
export class ReadExactlyWait extends InboxWait<Uint8Array> {
  readonly #byteLength: number;

  constructor(inbox: Inbox, byteLength: number, options: WaitOptions | undefined) {
    super(inbox, options);
    this.#byteLength = byteLength;
  }

  override enqueue(): Promise<Uint8Array> {
    if (this.#byteLength > 0) return super.enqueue();
    this.wake();
    return this.promise;
  }

  protected override take(): Uint8Array | typeof PENDING {
    const { inbox } = this;
    if (this.#byteLength === 0) {
      if (inbox.isFailed) inbox.throwFailure();
      return new Uint8Array();
    }
    if (inbox.byteLength < this.#byteLength) {
      if (!inbox.isEnded && !inbox.isFailed) {
        inbox.demand(this.#byteLength);
        return PENDING;
      }
      if (inbox.isFailed) inbox.throwFailure();
      const received = inbox.byteLength === 0 ? new Uint8Array() : inbox.read(inbox.byteLength);
      throw new UnexpectedEofError(this.#byteLength, received as Uint8Array);
    }
    inbox.demand(0);
    return inbox.read(this.#byteLength) as Uint8Array;
  }

  protected override cancelled(): void {
    this.inbox.demand(0);
    super.cancelled();
  }
}

export class LeaseWait extends InboxWait<Lease | null> {
  readonly #runtime: Runtime;

  constructor(inbox: Inbox, runtime: Runtime, options: WaitOptions | undefined) {
    super(inbox, options);
    this.#runtime = runtime;
  }

  protected override take(): Lease | null | typeof PENDING {
    const chunk = this.inbox.readChunk();
    if (chunk === null || chunk === PENDING) return chunk;
    return new Lease(this.#runtime.driver.receivePool, chunk);
  }
}
