import {
  type CompletionListener,
  type Descriptor,
  type Operation,
  PENDING,
  type Runtime,
  type Timer,
  Wait,
  type WaitOptions,
} from "@bascule/core";
import { accept, errnoName, isTransientAcceptResult, type SocketAddress } from "@bascule/sys";
import { describeAddress } from "./describe-address.ts";
import { socketError } from "./errors.ts";
import { systemOf } from "./system.ts";
import { WaitList } from "./wait-list.ts";

const EMFILE = 24;
const ENFILE = 23;
const ENOBUFS = 105;
const ENOMEM = 12;
const ECANCELED = 125;
/** Accepted connections that nobody has taken, at which accepting stops and goes on. */
const HIGH = 64;
const LOW = 8;
const BACK_OFF_MS_MIN = 5;
const BACK_OFF_MS_MAX = 500;

/**
 * The accepting half of a listener. Like a socket's reads, accepted connections belong to the
 * listener: an aborted `accept` leaves them for the next. When descriptors run out it pauses and
 * tries again after a growing delay, while connections wait in the kernel's backlog.
 */
export class AcceptQueue implements CompletionListener {
  readonly waiters: WaitList<Wait<unknown>> = new WaitList();
  readonly #runtime: Runtime;
  readonly #descriptor: Descriptor;
  readonly #address: SocketAddress;
  readonly #accepted: number[] = [];
  #operation: Operation | null = null;
  #failure: unknown = null;
  #referenced: boolean = true;
  #backOffMs: number = BACK_OFF_MS_MIN;
  #hasWarned: boolean = false;
  #retry: Timer | null = null;

  constructor(runtime: Runtime, descriptor: Descriptor, address: SocketAddress) {
    this.#runtime = runtime;
    this.#descriptor = descriptor;
    this.#address = address;
  }

  /** For diagnosis: where it listens. */
  get place(): string {
    return describeAddress(this.#address);
  }

  get isReady(): boolean {
    return this.#accepted.length > 0 || this.#failure !== null;
  }

  /** Starts accepting, unless it is under way, enough is waiting, or descriptors have run out. */
  arm(): void {
    if (this.#operation !== null || this.#retry !== null || this.#failure !== null) return;
    if (this.#descriptor.closing || this.#accepted.length > LOW) return;
    const operation = this.#runtime.driver.ledger.prepare(accept, this.#descriptor, this);
    operation.referenced = this.#referenced;
    this.#operation = operation;
    this.#runtime.submit(operation);
  }

  setReferenced(referenced: boolean): void {
    this.#referenced = referenced;
    if (this.#operation !== null) {
      this.#runtime.setReferenced(this.#operation, referenced);
    }
    const retry = this.#retry;
    if (retry === null) return;
    const { timers } = this.#runtime.loop;
    timers.cancel(retry);
    retry.referenced = referenced;
    timers.arm(retry);
    this.#runtime.schedule();
  }

  /** The next connection's descriptor, or PENDING. Throws the failure of the listener. */
  take(): number | typeof PENDING {
    const fd = this.#accepted.shift();
    if (fd !== undefined) {
      this.arm();
      return fd;
    }
    if (this.#failure !== null) throw this.#failure;
    this.arm();
    return PENDING;
  }

  /** Closes a connection that is nobody's. */
  drop(fd: number): void {
    systemOf(this.#runtime).closeDescriptor(fd);
  }

  /** No connection will be taken any more: closes those that nobody took. */
  close(reason: unknown): void {
    this.#failure ??= reason;
    if (this.#retry !== null) this.#runtime.loop.timers.cancel(this.#retry);
    this.#retry = null;
    for (const fd of this.#accepted.splice(0)) this.drop(fd);
    this.waiters.failWaits(reason);
  }

  onCompletion(operation: Operation, result: number, more: boolean): void {
    if (!more) this.#operation = null;
    if (result >= 0) this.#arrived(result);
    else if (!more && result !== -ECANCELED) this.#failed(result);
    if (this.#operation === null) this.arm();
    else if (this.#accepted.length === HIGH) this.#runtime.cancel(operation);
    if (this.isReady) this.waiters.firstWait?.wake();
  }

  #arrived(fd: number): void {
    this.#backOffMs = BACK_OFF_MS_MIN;
    if (this.#failure === null) this.#accepted.push(fd);
    else this.drop(fd);
  }

  #failed(result: number): void {
    if (isTransientAcceptResult(result)) return;
    const errno = -result;
    if (errno !== EMFILE && errno !== ENFILE && errno !== ENOBUFS && errno !== ENOMEM) {
      this.#failure ??= socketError(this.#runtime, "accept", result, this.#address);
      return;
    }
    if (!this.#hasWarned) this.#warn(result);
    this.#retry = this.#retryAfter(this.#backOffMs);
    this.#backOffMs = Math.min(this.#backOffMs * 2, BACK_OFF_MS_MAX);
  }

  #retryAfter(ms: number): Timer {
    const timer: Timer = {
      deadlineMs: this.#runtime.loop.clock.now() + ms,
      heapIndex: -1,
      sequence: 0,
      referenced: this.#referenced,
      fire: () => {
        this.#retry = null;
        this.arm();
      },
    };
    this.#runtime.loop.timers.arm(timer);
    return timer;
  }

  #warn(result: number): void {
    this.#hasWarned = true;
    const code = errnoName(result);
    process.emitWarning(
      `Listener ${this.place} cannot accept (${code}): connections wait until descriptors are ` +
        "free; raise the limit with ulimit -n if this is regular load",
      { type: "BasculeAcceptWarning", code },
    );
  }
}

/** A wait for the next connection, which `make` turns into a stream when it is delivered. */
export class AcceptWait<S> extends Wait<S> {
  readonly #queue: AcceptQueue;
  readonly #make: (fd: number) => S;

  constructor(queue: AcceptQueue, make: (fd: number) => S, options: WaitOptions | undefined) {
    super(options);
    this.#queue = queue;
    this.#make = make;
    if (!this.isWaiting) return;
    queue.waiters.addWait(this);
    if (queue.isReady) queue.waiters.firstWait?.wake();
    else queue.arm();
  }

  override get waitsFor(): string {
    return `accept on ${this.#queue.place}`;
  }

  protected override poll(): S | typeof PENDING {
    let fd: number | typeof PENDING = PENDING;
    let failed = true;
    try {
      fd = this.#queue.take();
      failed = false;
    } finally {
      if (failed || fd !== PENDING) this.cancelled();
    }
    if (fd === PENDING) return PENDING;
    try {
      return this.#make(fd);
    } catch (error) {
      // The runtime is shutting down, say: the connection was taken, and is nobody's.
      this.#queue.drop(fd);
      throw error;
    }
  }

  protected override cancelled(): void {
    const { waiters } = this.#queue;
    waiters.removeWait(this);
    if (this.#queue.isReady) waiters.firstWait?.wake();
  }
}
