import {
  type CompletionListener,
  type Descriptor,
  type Operation,
  PENDING,
  type Runtime,
} from "@bascule/core";
import {
  ECANCELED,
  ECONNABORTED,
  ECONNRESET,
  EHOSTUNREACH,
  ENETUNREACH,
  EPIPE,
  ETIMEDOUT,
  MSG_CMSG_CLOEXEC,
  recv,
} from "@bascule/sys";
import { type Chunk, ChunkQueue } from "./chunk-queue.ts";
import { closedBecauseOf, socketError } from "./errors.ts";
import type { ReadWait } from "./read-waits.ts";

/** What ends a connection for good; a send may also fail for want of memory, and go on later. */
const ENDS: ReadonlySet<number> = new Set([
  ECONNABORTED,
  ECONNRESET,
  EHOSTUNREACH,
  ENETUNREACH,
  ETIMEDOUT,
]);
/** Unread bytes at which receiving stops, and below which it goes on. */
const HIGH_BYTES = 64 * 1024;
const LOW_BYTES = 16 * 1024;

/**
 * The receiving half of a socket. It has one multishot receive in flight as long as there is room:
 * reads belong to the socket, not to whoever waits, so a wait that is aborted or loses a race
 * leaves every byte here for the next read. A peer that nobody reads stops being received.
 */
export class Inbox extends ChunkQueue implements CompletionListener {
  /** A read that is over, for the next one. */
  spare: ReadWait | null = null;
  /** Bytes received so far. */
  bytesReceived: number = 0;
  readonly #runtime: Runtime;
  readonly #descriptor: Descriptor;
  #operation: Operation | null = null;
  #cancelling: boolean = false;
  #ended: boolean = false;
  #referenced: boolean = true;
  /** Why no byte will come any more: a system call failed, or this side closed. */
  #failure: unknown = null;
  /** The negative errno that ended the connection, whichever call was told of it; 0 for none. */
  #brokenBy: number = 0;
  #highBytes: number = HIGH_BYTES;
  #lowBytes: number = LOW_BYTES;
  readonly #isTcp: boolean;

  constructor(runtime: Runtime, descriptor: Descriptor, isTcp: boolean) {
    super(runtime.driver.receivePool);
    this.#runtime = runtime;
    this.#descriptor = descriptor;
    this.#isTcp = isTcp;
  }

  /** For diagnosis. */
  get fd(): number {
    return this.#descriptor.fd;
  }

  /** Whether a read would find bytes, the end or a failure at once. */
  get isReady(): boolean {
    return this.byteLength > 0 || this.#ended || this.#failure !== null;
  }

  /** Whether everything has come: the peer closed its side. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** Whether no byte can come any more because of a failure or a close on this side. */
  get isFailed(): boolean {
    return this.#failure !== null;
  }

  throwFailure(): never {
    throw this.#failure;
  }

  /** Starts receiving, unless that is under way or there is no room. */
  arm(): void {
    if (this.#operation !== null || this.#ended || this.#failure !== null) return;
    if (this.#descriptor.closing || this.#isOverLow()) return;
    const operation = this.#runtime.driver.ledger.prepare(recv, this.#descriptor, this);
    operation.referenced = this.#referenced;
    // A receive ends behind a message with descriptors, which nobody takes, however much is left.
    // Because of the flag a reactor does not conclude from few bytes that there are no more.
    if (!this.#isTcp) operation.flags = MSG_CMSG_CLOEXEC;
    this.#operation = operation;
    this.#cancelling = false;
    this.#runtime.submit(operation);
  }

  setReferenced(referenced: boolean): void {
    this.#referenced = referenced;
    if (this.#operation !== null) {
      this.#runtime.setReferenced(this.#operation, referenced);
    }
  }

  /**
   * Allows that many unread bytes, for a read that needs them all at once, and goes on receiving
   * until they are there; 0 is the usual bound.
   */
  demand(byteLength: number): void {
    this.#highBytes = Math.max(HIGH_BYTES, byteLength);
    this.#lowBytes = Math.max(LOW_BYTES, byteLength - 1);
    this.arm();
  }

  /**
   * At most `max` unread bytes; null at the end; PENDING when nothing has come. Throws a failure.
   */
  read(max: number): Uint8Array | null | typeof PENDING {
    if (this.byteLength === 0) return this.#nothing();
    const bytes = this.take(max);
    this.#taken();
    return bytes;
  }

  /** As {@link read}, into memory of the caller's; 0 at the end. */
  readInto(target: Uint8Array): number | typeof PENDING {
    if (this.byteLength === 0) return this.#nothing() === PENDING ? PENDING : 0;
    const filled = this.takeInto(target);
    this.#taken();
    return filled;
  }

  /** The first chunk whole: the caller gives its buffer back. */
  readChunk(): Chunk | null | typeof PENDING {
    this.lends = true;
    const chunk = this.shift();
    if (chunk === null) return this.#nothing() === PENDING ? PENDING : null;
    this.#taken();
    return chunk;
  }

  /** No byte will be wanted any more: what waits fails, what has come is dropped. */
  close(reason: unknown): void {
    this.#failure = closedBecauseOf(reason, this.#failure);
    this.clear();
    this.failWaits(reason);
  }

  onCompletion(_operation: Operation, result: number, more: boolean, bufferId: number): void {
    if (!more) this.#operation = null;
    if (result > 0) this.#received(result, bufferId);
    else if (bufferId >= 0) this.#runtime.driver.receivePool.release(bufferId);
    if (!more && result <= 0) this.#finished(result);
    if (this.#operation === null) this.arm();
    else if (this.#isOverHigh()) this.#pause(this.#operation);
    if (this.isReady) this.firstWait?.wake();
  }

  /**
   * A send has failed. The kernel tells why a connection ended only once, to the call that comes
   * first: a receive gives 0 after that, as at an orderly end, and a send fails with EPIPE. On a
   * Unix socket a send is never told more than that.
   * @returns the negative errno that says why
   */
  sendFailed(result: number): number {
    if (ENDS.has(-result)) this.#broken(result);
    else if (result === -EPIPE && this.#isTcp && this.#brokenBy !== 0) return this.#brokenBy;
    return result;
  }

  /**
   * After the peer's orderly end a reset is EPIPE, tcp_reset in the kernel: what a receive took for
   * the end came of the reset, when a send is told of one. A driver that polls may receive after a
   * send whose completion it has not seen yet.
   */
  #broken(result: number): void {
    this.#brokenBy = result;
    if (!this.#ended || !this.#isTcp || result !== -ECONNRESET) return;
    this.#ended = false;
    this.#failure ??= socketError(this.#runtime, "read", result);
  }

  #received(byteLength: number, bufferId: number): void {
    this.bytesReceived += byteLength;
    if (this.#failure === null) this.push(bufferId, byteLength);
    else this.#runtime.driver.receivePool.release(bufferId);
  }

  #finished(result: number): void {
    if (result === -ECANCELED) return;
    if (result < 0) this.#brokenBy = result;
    if (this.#brokenBy === 0) this.#ended = true;
    else this.#failure ??= socketError(this.#runtime, "read", this.#brokenBy);
  }

  #pause(operation: Operation): void {
    if (this.#cancelling) return;
    this.#cancelling = true;
    this.#runtime.cancel(operation);
  }

  #nothing(): null | typeof PENDING {
    if (this.#failure !== null) throw this.#failure;
    if (this.#ended) return null;
    this.arm();
    return PENDING;
  }

  /** Something was taken: receiving may go on, and the next reader may find the rest. */
  #taken(): void {
    if (this.#operation === null) this.arm();
  }

  #isOverHigh(): boolean {
    return this.byteLength >= this.#highBytes;
  }

  #isOverLow(): boolean {
    return this.byteLength > this.#lowBytes;
  }
}
