import {
  type Block,
  type CompletionListener,
  type Descriptor,
  type Flushable,
  InvariantError,
  type Operation,
  type Runtime,
  type SilentSender,
  type Wait,
} from "@bascule/core";
import { EAGAIN, ECANCELED, EINTR, send } from "@bascule/sys";
import { closedBecauseOf, socketError } from "./errors.ts";
import type { Inbox } from "./inbox.ts";
import { keepSegment, Segment, segmentOf, WITHDRAWN } from "./segment.ts";
import { WaitList } from "./wait-list.ts";

/** Unsent bytes above which a write waits. */
const HIGH_BYTES = 128 * 1024;

/** A silent send says no more with these than that an operation is to try. */
const PASSING: ReadonlySet<number> = new Set([-EAGAIN, -EINTR]);

/** A writer that waits for room: gives its bytes piece by piece. */
export interface PendingWriter extends Wait<unknown> {
  /**
   * Moves as much as there is room for into the outbox. @returns whether it has given all it will
   */
  give(outbox: Outbox): boolean;
}

/** A wait until the bytes before it have been handed to the kernel. */
export interface Drain extends Wait<unknown> {
  readonly isDone: boolean;
  /** They have been: a close from now on does not fail it. */
  finish(): void;
}

/** Who waits at an outbox, each in order. */
class OutboxWaits {
  /** Writers that wait for room. */
  readonly writers: WaitList<PendingWriter> = new WaitList();
  /** Waits until everything before them has been handed to the kernel. */
  readonly drains: WaitList<Drain> = new WaitList();
}

/**
 * The sending half of a socket. Writes are copied into send blocks and leave together, as one send,
 * before the driver's next turn. One send is in flight at a time, so bytes stay in order.
 */
export class Outbox implements CompletionListener, Flushable, SilentSender {
  // What every write touches comes first, for the sake of the processor's cache.
  /** Unsent bytes. */
  byteLength: number = 0;
  /** Bytes accepted so far, less what was taken back. */
  bytesAccepted: number = 0;
  #first: Segment | null = null;
  #last: Segment | null = null;
  #sending: Segment | null = null;
  #flushScheduled: boolean = false;
  /** Who waits for the peer to take something; made when somebody does. */
  #waits: OutboxWaits | null = null;
  /** Why nothing can be sent any more; null while it can. */
  failure: unknown = null;
  readonly #runtime: Runtime;
  /** The socket, for silent sends and for diagnosis. */
  readonly fd: number;
  /** The last send did not go out whole: an operation waits for room. */
  #isFull: boolean = false;
  /**
   * Told when everything has been handed to the kernel, or nothing can be any more: for closing.
   */
  onDrained: (() => void) | null = null;
  readonly #descriptor: Descriptor;
  /** The other half, for what only one of them is told. */
  readonly #inbox: Inbox;
  /** The socket's own send, submitted over and over. */
  #operation: Operation | null = null;

  constructor(runtime: Runtime, descriptor: Descriptor, inbox: Inbox) {
    this.#runtime = runtime;
    this.fd = descriptor.fd;
    this.#descriptor = descriptor;
    this.#inbox = inbox;
  }

  /** Bytes that may be added before writers have to wait. */
  get room(): number {
    return this.hasWriters ? 0 : HIGH_BYTES - this.byteLength;
  }

  /** Bytes that have been handed to the kernel. */
  get bytesSent(): number {
    return this.bytesAccepted - this.byteLength;
  }

  get isEmpty(): boolean {
    return this.#first === null && !this.hasWriters;
  }

  /** Somebody waits: for room, or until everything has been handed to the kernel. */
  get waits(): OutboxWaits {
    this.#waits ??= new OutboxWaits();
    return this.#waits;
  }

  /** Whether somebody has more to give than there is room for. */
  get hasWriters(): boolean {
    return this.#waits !== null && this.#waits.writers.hasWaits;
  }

  /** Copies bytes `from` to `to` in; the caller has seen to it that there is room. */
  append(data: Uint8Array, from: number, to: number): void {
    let at = from;
    while (at < to) {
      const segment = this.#segmentFor(to - at);
      const block = segment.block as Block;
      const count = Math.min(to - at, block.byteLength - segment.end);
      const whole = at === 0 && count === data.byteLength;
      block.bytes.set(whole ? data : data.subarray(at, at + count), segment.end);
      segment.end += count;
      at += count;
    }
    this.byteLength += to - from;
    this.bytesAccepted += to - from;
    this.#scheduleFlush();
  }

  /** Appends a buffer without copying it. `onDone` is told when the kernel has let go of it. */
  appendMoved(address: number, root: ArrayBuffer, onDone: (failure: unknown) => void): Segment {
    const segment = new Segment(null, address, root);
    segment.end = root.byteLength;
    segment.onDone = onDone;
    this.#push(segment);
    this.byteLength += root.byteLength;
    this.bytesAccepted += root.byteLength;
    this.#scheduleFlush();
    return segment;
  }

  /**
   * Takes a moved buffer out again, which is told {@link WITHDRAWN}. One that is being sent is
   * cancelled, and told when that has ended.
   */
  withdraw(segment: Segment): void {
    if (segment === this.#sending && this.#operation !== null) {
      segment.isWithdrawn = true;
      this.#runtime.cancel(this.#operation);
      return;
    }
    let previous: Segment | null = null;
    for (let at = this.#first; at !== null && at !== segment; at = at.next) previous = at;
    if (previous === null) this.#first = segment.next;
    else previous.next = segment.next;
    if (this.#last === segment) this.#last = previous;
    this.#takeBack(segment);
    this.#drop(segment, WITHDRAWN);
    this.#advance();
  }

  /** Lets waiting writers give what there is room for. */
  fill(): void {
    const { writers } = this.waits;
    for (let writer = writers.firstWait; writer !== null; writer = writers.firstWait) {
      if (this.byteLength >= HIGH_BYTES || !writer.give(this)) return;
      writers.removeWait(writer);
      writer.wake();
    }
  }

  /** Room while a waiting writer is being served, which counts the bytes only. */
  get roomForWriter(): number {
    return HIGH_BYTES - this.byteLength;
  }

  flush(): void {
    this.#flushScheduled = false;
    const segment = this.#first;
    if (this.#sending !== null || segment === null) return;
    if (this.#maySendSilently(segment) && this.#sendSilently(segment)) return;
    if (this.#descriptor.closing) return;
    this.#operation ??= this.#runtime.driver.ledger.reserve(send, this.#descriptor, this);
    const operation = this.#operation;
    operation.address = segment.address + segment.start;
    operation.length = segment.end - segment.start;
    operation.root = segment.root;
    this.#sending = segment;
    this.#runtime.submit(operation);
  }

  /** What a silent send left is the next to go out, and waits for room; or its failure is told. */
  onUnsent(block: Block, start: number, end: number, result: number): void {
    if (this.failure !== null || this.#first !== null) {
      this.#runtime.driver.sendPool.give(block);
      if (this.failure !== null) return;
      throw new InvariantError(`What a send on ${this.fd} left comes behind later bytes`);
    }
    this.#isFull = true;
    const segment = segmentOf(block);
    segment.start = start + Math.max(result, 0);
    segment.end = end;
    this.#push(segment);
    this.byteLength += segment.end - segment.start;
    if (result < 0 && !PASSING.has(result)) this.#sendFailed(result);
    else this.#scheduleFlush();
  }

  /** Nothing can be sent any more: drops what is unsent and fails whoever waits. */
  fail(failure: unknown): void {
    this.failure = closedBecauseOf(failure, this.failure);
    const sending = this.#sending;
    for (let segment = this.#first; segment !== null;) {
      const { next } = segment;
      if (segment !== sending) this.#drop(segment, failure);
      segment = next;
    }
    // What the kernel still reads from is dropped by its completion.
    this.#first = sending;
    this.#last = sending;
    if (sending !== null) sending.next = null;
    this.#waits?.writers.failWaits(failure);
    this.#waits?.drains.failWaits(failure);
    this.onDrained?.();
  }

  onCompletion(_operation: Operation, result: number): void {
    const segment = this.#sending;
    this.#sending = null;
    if (segment === null) return;
    if (result > 0) {
      segment.start += result;
      this.byteLength -= result;
    }
    this.#isFull = segment.start !== segment.end;
    const { isWithdrawn } = segment;
    if (segment.start === segment.end) this.#finishFirst(segment, null);
    else if (isWithdrawn) {
      this.#takeBack(segment);
      this.#finishFirst(segment, WITHDRAWN);
    }
    // What a send failed with that was to be cancelled no other call is told.
    const isCancelled = isWithdrawn && result === -ECANCELED;
    if (result < 0 && !isCancelled && this.failure === null) this.#sendFailed(result);
    if (this.failure === null) this.#advance();
    else if (this.#first !== null) this.#finishFirst(this.#first, this.failure);
  }

  /** Whether nobody need hear when it has gone out, and it is likely to at once. */
  #maySendSilently(segment: Segment): boolean {
    if (segment.next !== null || segment.block === null) return false;
    if (this.#isFull || this.onDrained !== null) return false;
    const waits = this.#waits;
    return waits === null || !(waits.writers.hasWaits || waits.drains.hasWaits);
  }

  /** Sends all there is, and takes it to have gone out. @returns false where that cannot be */
  #sendSilently(segment: Segment): boolean {
    const { driver } = this.#runtime;
    const { block, start, end } = segment;
    if (driver.sendSilently === undefined || block === null) return false;
    // Before the call, which may tell us otherwise.
    this.#first = null;
    this.#last = null;
    this.byteLength = 0;
    if (driver.sendSilently(this, block, start, end)) {
      keepSegment(segment);
      return true;
    }
    this.#first = segment;
    this.#last = segment;
    this.byteLength = end - start;
    return false;
  }

  #sendFailed(result: number): void {
    this.fail(socketError(this.#runtime, "write", this.#inbox.sendFailed(result)));
  }

  #advance(): void {
    const waits = this.#waits;
    if (waits !== null) {
      if (waits.writers.hasWaits) this.fill();
      const { drains } = waits;
      for (let drain = drains.firstWait; drain?.isDone === true; drain = drains.firstWait) {
        drains.removeWait(drain);
        drain.finish();
      }
    }
    if (this.#first !== null) this.#scheduleFlush();
    else if (!this.hasWriters) this.onDrained?.();
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled || this.#sending !== null) return;
    this.#flushScheduled = true;
    this.#runtime.flushLater(this);
  }

  /** The last segment when it has room, else a new one. */
  #segmentFor(byteLength: number): Segment {
    const last = this.#last;
    const { sendPool } = this.#runtime.driver;
    if (last === null || last.block === null)
      return this.#push(segmentOf(sendPool.take(byteLength)));
    if (last.end < last.block.byteLength) {
      const fits = byteLength <= last.block.byteLength - last.end;
      if (fits || last === this.#sending || last.block.byteLength === sendPool.largeBytes)
        return last;
      return this.#enlarge(last);
    }
    if (last !== this.#sending && last.block.byteLength < sendPool.largeBytes) {
      return this.#enlarge(last);
    }
    return this.#push(segmentOf(sendPool.take(sendPool.largeBytes)));
  }

  /**
   * Moves a small block that is not being sent into a large one, so that all leaves as one send.
   */
  #enlarge(segment: Segment): Segment {
    const { sendPool } = this.#runtime.driver;
    const larger = segmentOf(sendPool.take(sendPool.largeBytes));
    const { start, end, block } = segment;
    if (block !== null && larger.block !== null) {
      larger.block.bytes.set(block.bytes.subarray(start, end), 0);
      larger.end = end - start;
      sendPool.give(block);
    }
    if (this.#first === segment) this.#first = larger;
    else {
      let previous = this.#first;
      while (previous !== null && previous.next !== segment) previous = previous.next;
      if (previous !== null) previous.next = larger;
    }
    this.#last = larger;
    return larger;
  }

  #push(segment: Segment): Segment {
    if (this.#last === null) this.#first = segment;
    else this.#last.next = segment;
    this.#last = segment;
    return segment;
  }

  #finishFirst(segment: Segment, failure: unknown): void {
    this.#first = segment.next;
    if (this.#first === null) this.#last = null;
    this.#drop(segment, failure);
  }

  /** What has not gone out of a moved buffer does not count as written. */
  #takeBack(segment: Segment): void {
    this.bytesAccepted -= segment.end - segment.start;
  }

  #drop(segment: Segment, failure: unknown): void {
    this.byteLength -= segment.end - segment.start;
    if (segment.block !== null) {
      this.#runtime.driver.sendPool.give(segment.block);
      keepSegment(segment);
    }
    segment.onDone?.(failure);
  }
}
