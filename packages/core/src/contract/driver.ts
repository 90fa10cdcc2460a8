import type { Block, ReceivePool, SendPool } from "./buffer-pools.ts";
import type { Clock } from "./clock.ts";
import type { Descriptor } from "./descriptor.ts";
import type { OperationLedger } from "./operation-ledger.ts";
import type { Operation } from "./operation.ts";
import type { System } from "./system.ts";

/** What a driver can do, and why not when it cannot. */
export interface Capability {
  readonly name: string;
  readonly support: "native" | "emulated" | "absent";
  /** Why, in words for a person: `kernel 5.15 has no multishot recv`. */
  readonly detail: string;
}

/** Options that reach every driver; sizes left out take the driver's own defaults. */
export interface DriverOptions {
  /** Entries of the submission queue, or events taken by one wait. A power of two. */
  readonly queueEntries?: number;
  /** Number of buffers in the receive pool. A power of two, 16 to 32768. */
  readonly receiveBuffers?: number;
  /** Bytes of one receive buffer. */
  readonly receiveBufferBytes?: number;
  /** The most threads that wait for disks, where the kernel does not; 1 to 64. */
  readonly blockingThreads?: number;
  /**
   * Poison memory of the pools when it is given back, and check it before it is used again: a late
   * write is a LateWriteError that names the operation which had the memory last. It is thrown to
   * who takes the memory next; where nobody does, it is a warning, and the runtime's shutdown
   * rejects with it. Slow; for tests. Default: whether `BASCULE_CANARIES` is set (but to `0` or
   * `off`).
   */
  readonly canaries?: boolean;
  /** Kernel features to do without, so that every fallback can be tested on a new kernel. */
  readonly without?: readonly string[];
}

/** Counters of a driver, never reset. */
export interface DriverCounters {
  /** Calls of `turn`. */
  turns: number;
  /** System calls the driver made, all kinds together. */
  systemCalls: number;
  /** Calls that may wait: `io_uring_enter`, `epoll_wait`. */
  waits: number;
  /** Times that a multishot or read ran out of receive buffers. */
  starvedReceives: number;
}

/**
 * Watches a driver's `hostFd` where the host cannot do so by itself: a helper thread that calls
 * `onReadable` on the owner's thread.
 */
export interface HostWatcher {
  ref(): void;
  unref(): void;
  close(): void;
}

/**
 * Lets other threads unpark a driver. They import `module`, and its default export makes of `data`
 * the function to call, as often as they like.
 */
export interface RemoteUnpark {
  /** A specifier that resolves from anywhere: a `file:` URL. */
  readonly module: string;
  /** Survives structured cloning. */
  readonly data: unknown;
  /** Waits for the calls under way; later ones do nothing, and the driver may be destroyed. */
  close(): void;
}

/** Whoever hands bytes to {@link Driver.sendSilently}. */
export interface SilentSender {
  /** The socket. */
  readonly fd: number;
  /**
   * The socket has not taken everything: `result` bytes, or none for a reason, `-errno` (EAGAIN
   * where it had no room). The block is the sender's again. Like a completion it only records and
   * wakes; it comes inside `sendSilently` or by the end of the next turn, before any task runs.
   */
  onUnsent(block: Block, start: number, end: number, result: number): void;
}

/**
 * A driver carries operations out. The contract is completion-shaped, because a reactor can imitate
 * completion and a proactor cannot imitate readiness.
 *
 * Every method is called from the thread that made the driver, but `unpark`.
 */
export interface Driver {
  /** `epoll`, `uring`, `sim` or a user's own. */
  readonly name: string;
  readonly capabilities: readonly Capability[];
  readonly counters: DriverCounters;
  /** The life-cycle of every operation: who is in flight, who is cancelling. */
  readonly ledger: OperationLedger;
  readonly receivePool: ReceivePool;
  readonly sendPool: SendPool;
  /**
   * An eventfd that becomes readable when `turn(0)` would make progress, once `park` armed it; -1
   * when only {@link watchWithThread} can tell.
   */
  readonly hostFd: number;
  /** Writing 8 bytes (a 64-bit 1) to this eventfd from any thread is `unpark`. */
  readonly wakeFd: number;
  /** The time that timers and deadlines go by; without it, `performance`. */
  readonly clock?: Clock;
  /** The kernel that descriptors belong to, when it is not this machine's. */
  readonly system?: System;
  /**
   * Takes over an operation that `ledger.begin` has accepted. Never completes inside the call:
   * every completion is delivered by `turn`.
   */
  submit(operation: Operation): void;
  /**
   * Sends bytes `start` to `end` of a block of {@link sendPool} without an operation, as far as the
   * socket has room for them: send(2) with MSG_DONTWAIT. They are taken to have gone out unless the
   * sender is told; the block goes back to the pool by itself. For what is flushed before a turn,
   * and nowhere else, while the sender has no send in flight.
   * @returns false where the driver cannot, or watches over memory with canaries: nothing has
   *   happened, and an operation does the same
   */
  sendSilently?(sender: SilentSender, block: Block, start: number, end: number): boolean;
  /** Asks for an end; the operation still completes once, with its own result or -ECANCELED. */
  cancel(operation: Operation): void;
  /**
   * Flushes submissions, waits at most `timeoutMs` (fractions count; 0 does not wait; Infinity
   * waits for an event) when nothing is complete yet, and delivers completions.
   * @param completionsMin how many completions are worth ending the wait for, 1 by default; a
   *   driver that cannot count them ends it at the first
   * @returns how many completions it delivered, plus one when it was unparked
   */
  turn(timeoutMs: number, completionsMin?: number): number;
  /**
   * Whether `turn(0)` could find work, answered without a system call; true when it cannot tell.
   */
  mayProgress(): boolean;
  /**
   * Before the host sleeps: makes `hostFd` readable as soon as an operation completes, `unpark` is
   * called, or `deadlineMs` (on the driver's clock, Infinity for none) has come.
   * @returns false when there is work already, so that the caller turns again instead of sleeping
   */
  park(deadlineMs: number): boolean;
  /** The host is awake and will turn by itself: stop signalling `hostFd` where that saves work. */
  awake(): void;
  /**
   * Ends a blocking `turn`, or wakes the host. May be called from any thread that has the driver.
   */
  unpark(): void;
  /**
   * How threads that have only what can be cloned unpark this driver. Without it `spawnBlocking` is
   * not available.
   */
  remoteUnpark?(): RemoteUnpark;
  /**
   * Closes a descriptor that no operation holds. Called by the ledger.
   * @throws {InvariantError} when it is not open: somebody else has closed it, and its number may
   *   have been another's since
   */
  closeDescriptor(descriptor: Descriptor): void;
  /** A helper thread that watches `hostFd`, for hosts that cannot. */
  watchWithThread(onReadable: () => void): HostWatcher;
  /**
   * Frees everything. Only called when nothing is in flight; with `leak` true some operation would
   * not end in time, and its memory must stay mapped for ever.
   */
  destroy(options: { leak: boolean }): void;
}

/** Why a driver cannot be used, as a value: for `doctor` and for the error of a named driver. */
export interface Unavailability {
  readonly code: string;
  /** One sentence: what is wrong. */
  readonly cause: string;
  /** One sentence or command: what mends it. */
  readonly remedy: string;
}

/** The default export of a driver package. */
export interface DriverFactory {
  readonly name: string;
  /** Does the real set-up and takes it down again; `null` when the driver would work. */
  probe(): Unavailability | null;
  create(options: DriverOptions): Driver;
}
