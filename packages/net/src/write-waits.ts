import { noteBytesWritten, PENDING, Wait, type WaitOptions } from "@bascule/core";
import { failureFor, writeFailureFor } from "./errors.ts";
import type { Outbox, PendingWriter } from "./outbox.ts";
import { type Segment, WITHDRAWN } from "./segment.ts";

/** A write that does not fit: its bytes move into the outbox as there is room. */
export class WriteWait extends Wait<void> implements PendingWriter {
  readonly #outbox: Outbox;
  readonly #parts: readonly Uint8Array[];
  /** Of each part, as it was: the buffer of a pending write may be moved elsewhere, or shrink. */
  readonly #lengths: readonly number[];
  #isTorn: boolean = false;
  #part: number = 0;
  #offset: number = 0;
  #given: number = 0;

  constructor(outbox: Outbox, parts: readonly Uint8Array[], options: WaitOptions | undefined) {
    super(options);
    this.#outbox = outbox;
    this.#parts = parts;
    this.#lengths = parts.map((part) => part.byteLength);
  }

  override get waitsFor(): string {
    return `${super.waitsFor} on descriptor ${this.#outbox.fd}`;
  }

  enqueue(): Promise<void> {
    if (!this.isWaiting) return this.promise;
    const { writers } = this.#outbox.waits;
    writers.addWait(this);
    if (writers.firstWait === this) this.#outbox.fill();
    return this.promise;
  }

  give(outbox: Outbox): boolean {
    for (let part = this.#parts[this.#part]; part !== undefined; part = this.#parts[this.#part]) {
      const byteLength = this.#lengths[this.#part] ?? 0;
      if (part.byteLength < byteLength) {
        this.#isTorn = true;
        return true;
      }
      const count = Math.min(byteLength - this.#offset, outbox.roomForWriter);
      if (count > 0) outbox.append(part, this.#offset, this.#offset + count);
      this.#offset += count;
      this.#given += count;
      if (this.#offset < byteLength) return false;
      this.#part++;
      this.#offset = 0;
    }
    return true;
  }

  /** The reason of an abort says how many bytes went out: they cannot be taken back. */
  override abort(reason: unknown): void {
    noteBytesWritten(reason, this.#given);
    super.abort(reason);
  }

  override fail(error: unknown): void {
    super.fail(writeFailureFor(this.context.task, error, this.#given));
  }

  protected override poll(): void | typeof PENDING {
    if (this.#isTorn) {
      const error = new TypeError(
        "Cannot write the rest of the array: its buffer was detached, or shrunk, meanwhile",
      );
      noteBytesWritten(error, this.#given);
      throw error;
    }
    if (this.#part < this.#parts.length) return PENDING;
  }

  /** Makes no room for those behind it: while a writer waits, the outbox is full. */
  protected override cancelled(): void {
    this.#outbox.waits.writers.removeWait(this);
  }
}

/** A write of a moved buffer, which the kernel reads itself; done when it has let go. */
export class WriteFromWait extends Wait<{ buffer: ArrayBuffer }> implements PendingWriter {
  readonly #outbox: Outbox;
  readonly #buffer: ArrayBuffer;
  #address: number = 0;
  #segment: Segment | null = null;
  #isSent: boolean = false;
  /** Of an abort, while the kernel still has the buffer. */
  #reason: unknown = undefined;

  constructor(outbox: Outbox, buffer: ArrayBuffer, options: WaitOptions | undefined) {
    super(options);
    this.#outbox = outbox;
    this.#buffer = buffer;
  }

  override get waitsFor(): string {
    return `${super.waitsFor} on descriptor ${this.#outbox.fd}`;
  }

  send(address: number): Promise<{ buffer: ArrayBuffer }> {
    if (!this.isWaiting) return this.promise;
    this.#address = address;
    // Behind writers that have not given everything: their bytes come first.
    if (this.#outbox.hasWriters) this.#outbox.waits.writers.addWait(this);
    else this.give(this.#outbox);
    return this.promise;
  }

  give(outbox: Outbox): true {
    this.#segment = outbox.appendMoved(this.#address, this.#buffer, (failure) => {
      const sent = this.#segment?.start ?? 0;
      this.#segment = null;
      this.#isSent = failure === null;
      if (failure === null) this.wake();
      else if (failure === WITHDRAWN) this.#endAborted(this.#reason, sent);
      else this.#rejected(failure, sent);
    });
    return true;
  }

  /** The socket failed before it was this buffer's turn. */
  override fail(error: unknown): void {
    this.#rejected(error, 0);
  }

  #rejected(failure: unknown, sent: number): void {
    super.fail(writeFailureFor(this.context.task, failure, sent));
  }

  /** The reason is the caller's, and passed on as it is. */
  #endAborted(reason: unknown, sent: number): void {
    noteBytesWritten(reason, sent);
    super.fail(reason);
  }

  /** Rejects only when the kernel has let go of the buffer. */
  override abort(reason: unknown): void {
    if (this.#segment !== null) {
      // The first reason counts, as for every wait.
      if (this.#segment.isWithdrawn) return;
      this.#reason = reason;
      this.#outbox.withdraw(this.#segment);
      return;
    }
    // It has not had its turn, or all had gone out when the abort came before the delivery.
    noteBytesWritten(reason, this.#isSent ? this.#buffer.byteLength : 0);
    super.abort(reason);
  }

  /** What the kernel still has when the runtime ends stays lent for ever. */
  override abandon(reason: unknown): void {
    if (this.#segment === null) super.abandon(reason);
  }

  protected override poll(): { buffer: ArrayBuffer } | typeof PENDING {
    return this.#isSent ? { buffer: this.#buffer } : PENDING;
  }

  protected override cancelled(): void {
    if (!this.#isSent) this.#outbox.waits.writers.removeWait(this);
  }
}

/**
 * A wait until everything that was written is in the kernel's hands, whatever is written behind it:
 * it has a place among the writers that wait, and then one in the stream of bytes.
 */
export class DrainWait extends Wait<void> implements PendingWriter {
  readonly #outbox: Outbox;
  /** How many bytes were accepted before it; not known while writers before it wait. */
  #mark: number = Infinity;
  #isFinished: boolean = false;

  constructor(outbox: Outbox, options: WaitOptions | undefined) {
    super(options);
    this.#outbox = outbox;
    if (!this.isWaiting) return;
    if (outbox.hasWriters) outbox.waits.writers.addWait(this);
    else if (outbox.isEmpty) this.finish();
    else this.give(outbox);
  }

  /** Whether nothing from before is left. What was taken back counts until all is sent. */
  get isDone(): boolean {
    return this.#outbox.bytesSent >= this.#mark || this.#outbox.isEmpty;
  }

  give(outbox: Outbox): true {
    this.#mark = outbox.bytesAccepted;
    outbox.waits.drains.addWait(this);
    return true;
  }

  finish(): void {
    this.#isFinished = true;
    this.wake();
  }

  override fail(error: unknown): void {
    super.fail(failureFor(this.context.task, error));
  }

  override get waitsFor(): string {
    return `${super.waitsFor} on descriptor ${this.#outbox.fd}`;
  }

  protected override poll(): void | typeof PENDING {
    if (!this.#isFinished) return PENDING;
  }

  protected override cancelled(): void {
    this.#outbox.waits.drains.removeWait(this);
    this.#outbox.waits.writers.removeWait(this);
  }
}
