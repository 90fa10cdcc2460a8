import {
  type Block,
  BlockPool,
  type Canaries,
  type Capability,
  type Descriptor,
  type Driver,
  type DriverCounters,
  type DriverOptions,
  type HostWatcher,
  InvariantError,
  type Operation,
  OperationLedger,
  type ReceivePool,
  type RemoteUnpark,
  type SendPool,
  type SilentSender,
  type Unavailability,
} from "@bascule/core";
import {
  BlockingCalls,
  closeDescriptor,
  EBADF,
  encodeCancel,
  IORING_FEAT_EXT_ARG,
  mapMemory,
  openRemoteUnpark,
  signalEventfd,
  watchWithThread,
} from "@bascule/sys";
import { isCancel } from "./cancel-queue.ts";
import { describe } from "./capabilities.ts";
import type { CompletionSink } from "./completion-queue.ts";
import { DeadlineTimer } from "./deadline-timer.ts";
import { type DriverParts, openParts } from "./driver-parts.ts";
import { type DriverSettings, readSettings } from "./driver-settings.ts";
import type { HostSignal } from "./host-signal.ts";
import { OperationFlow } from "./operation-flow.ts";
import { ReceiveRing } from "./receive-ring.ts";
import type { Ring } from "./ring.ts";
import { isSilentSend, SilentSends } from "./silent-sends.ts";
import { Watch } from "./watch.ts";

/** `user_data` of the driver's own submissions, all below 0. */
const WAKE = -1;
const DEADLINE = -2;
const WATCH_END = -3;

/** A turn submits a backlog in so many batches at most, before others get their turn. */
const BATCHES_PER_TURN = 64;
/** What fits into the queues is taken at once, unless the kernel is out of memory. */
const SETTLING_ROUNDS_MAX = 100_000;
/** How long the driver's own watches may take to end; they are pending polls, which end at once. */
const WATCH_END_MS = 1000;

/** Drivers that were destroyed with operations in flight: their memory is the kernel's for ever. */
const LEAKED: UringDriver[] = [];

/**
 * The proactor: operations are handed to the kernel with their memory, through an io_uring, and the
 * kernel says when they are done. io_uring(7).
 */
export class UringDriver implements Driver, CompletionSink {
  readonly name: string = "uring";
  readonly capabilities: readonly Capability[];
  readonly counters: DriverCounters;
  readonly ledger: OperationLedger;
  readonly receivePool: ReceivePool;
  readonly sendPool: SendPool;
  readonly hostFd: number;
  /**
   * The writing end of a pipe. An eventfd would not do: written to while the ring watches it, it
   * may not signal the host's eventfd in turn, and the kernel puts that off by 20 ms or drops it.
   */
  readonly wakeFd: number;
  readonly #parts: DriverParts;
  readonly #ring: Ring;
  readonly #calls: BlockingCalls<Operation>;
  readonly #flow: OperationFlow;
  readonly #receiveRing: ReceiveRing | null;
  readonly #blocks: BlockPool;
  readonly #canaries: Canaries | null;
  readonly #signal: HostSignal;
  readonly #deadline: DeadlineTimer;
  readonly #wakeWatch: Watch;
  readonly #deadlineWatch: Watch;
  readonly #timedWait: boolean;
  /** Null where every send completes. */
  readonly #silent: SilentSends | null;
  readonly #unparkSelf: () => void = () => this.unpark();
  #unparked: boolean = false;
  #destroyed: boolean = false;

  /**
   * Sets a driver up.
   * @returns the driver, or why this machine has none
   * @throws {RangeError} when an option is out of its range
   */
  static open(options: DriverOptions): UringDriver | Unavailability {
    const settings = readSettings(options);
    const parts = openParts(settings);
    return "code" in parts ? parts : new UringDriver(parts, settings);
  }

  private constructor(parts: DriverParts, { without, blockingThreads, canaries }: DriverSettings) {
    const { ring, receive, counters, sink, multishot } = parts;
    this.#parts = parts;
    this.#ring = ring;
    this.counters = counters;
    this.ledger = new OperationLedger(this);
    this.receivePool = receive;
    this.#receiveRing = receive instanceof ReceiveRing ? receive : null;
    this.#canaries = canaries;
    this.ledger.canaries = canaries;
    if (canaries !== null) receive.watchWith(canaries);
    this.#blocks = new BlockPool(mapMemory, canaries);
    this.sendPool = this.#blocks;
    this.hostFd = parts.hostFd;
    this.wakeFd = parts.wakeWriteFd;
    this.#signal = parts.signal;
    this.#deadline = new DeadlineTimer(parts.timerFd, counters);
    const polls = !without.has("multishot-poll");
    this.#wakeWatch = new Watch(parts.wakeReadFd, WAKE, polls, sink, counters);
    this.#deadlineWatch = new Watch(parts.timerFd, DEADLINE, polls, sink, counters);
    const hasTimeout = (ring.memory.features & IORING_FEAT_EXT_ARG) !== 0;
    this.#timedWait = hasTimeout && !without.has("ext-arg");
    this.#silent = parts.silentSends ? new SilentSends(this.#blocks, this.ledger) : null;
    this.#armWatches();
    ring.enter(0);
    ring.completion.drain(this);
    const support = { ...multishot, poll: this.#wakeWatch.isMultishot };
    this.#calls = new BlockingCalls(this.wakeFd, blockingThreads);
    const { submission } = ring;
    this.#flow = new OperationFlow({
      ledger: this.ledger,
      submission,
      receive,
      multishot: support,
      counters,
      opcodes: parts.opcodes,
      calls: this.#calls,
    });
    this.capabilities = describe({
      step: parts.step,
      queueEntries: submission.capacity,
      bufferRing: this.#receiveRing !== null,
      silentSends: this.#silent !== null,
      recv: multishot.recv,
      accept: multishot.accept,
      timedWait: this.#timedWait,
      opcodes: parts.opcodes,
      blockingThreads,
    });
  }

  submit(operation: Operation): void {
    this.#flow.submit(operation);
  }

  cancel(operation: Operation): void {
    this.#flow.cancel(operation);
  }

  sendSilently(sender: SilentSender, block: Block, start: number, end: number): boolean {
    const silent = this.#silent;
    const { submission } = this.#ring;
    if (silent === null || submission.isFull || this.#canaries !== null) return false;
    silent.submit(submission, sender, block, start, end);
    return true;
  }

  turn(timeoutMs: number, completionsMin: number = 1): number {
    this.counters.turns++;
    const flow = this.#flow;
    let progress = this.#ring.completion.drain(this);
    if (this.#calls.hasWork) progress += this.#calls.reap(flow);
    if (flow.canResume) flow.resumeStarved();
    this.#fill();
    const isIdle = progress === 0 && !this.#unparked && !flow.hasDue && !flow.hasBacklog;
    // A submission queue that is full has no room for a watch: nothing would end the wait.
    if (timeoutMs > 0 && isIdle && this.#isWatched)
      progress += this.#wait(timeoutMs, completionsMin);
    else if (this.#ring.needsEnter || this.#hasSilent) progress += this.#enter(0);
    if (flow.hasBacklog) progress += this.#submitBacklog();
    if (this.#hasSilent) progress += this.#settleSilent();
    if (flow.hasDue) progress += flow.completeDue();
    if (!this.#unparked) return progress;
    this.#unparked = false;
    return progress + 1;
  }

  mayProgress(): boolean {
    const ring = this.#ring;
    const flow = this.#flow;
    return (
      !ring.completion.isEmpty ||
      ring.needsEnter ||
      this.#hasSilent ||
      flow.hasDue ||
      flow.hasBacklog ||
      flow.canResume ||
      this.#calls.hasWork ||
      this.#unparked ||
      !this.#isWatched
    );
  }

  park(deadlineMs: number): boolean {
    const ring = this.#ring;
    const flow = this.#flow;
    if (!ring.completion.isEmpty || flow.hasDue || this.#calls.hasWork) return false;
    if (flow.canResume) flow.resumeStarved();
    this.#fill();
    // Whatever is complete after this is found by `mayProgress`, so nothing is delivered here.
    if (ring.needsEnter) this.#flush();
    this.#deadline.expireBy(deadlineMs);
    this.#parts.receive.onRelease = flow.starvedCount === 0 ? null : this.#unparkSelf;
    this.#signal.unmute();
    if (!this.mayProgress()) return true;
    this.awake();
    return false;
  }

  awake(): void {
    this.#signal.mute();
    this.#parts.receive.onRelease = null;
  }

  unpark(): void {
    if (this.#destroyed) return;
    this.counters.systemCalls++;
    signalEventfd(this.wakeFd);
  }

  remoteUnpark(): RemoteUnpark {
    return openRemoteUnpark(this.wakeFd);
  }

  closeDescriptor(descriptor: Descriptor): void {
    this.counters.systemCalls++;
    // A send that names the number goes before it can be another's.
    if (this.#silent?.isPending === true) this.#flush();
    // Any other error is about what was written, and leaves nothing open.
    if (closeDescriptor(descriptor.fd) !== -EBADF) return;
    throw new InvariantError(`Descriptor ${descriptor.fd} cannot be closed: it is not open`);
  }

  watchWithThread(onReadable: () => void): HostWatcher {
    return watchWithThread(this.hostFd, onReadable);
  }

  destroy({ leak }: { leak: boolean }): void {
    if (this.#destroyed) return;
    if (leak) {
      LEAKED.push(this);
    } else {
      if (this.ledger.inFlight !== 0) {
        throw new InvariantError(
          `Cannot destroy the uring driver: ${this.ledger.inFlight} operations are in flight`,
        );
      }
      this.#endWatches();
      this.#blocks.destroy();
    }
    this.#destroyed = true;
    this.#calls.close();
    this.#parts.close(leak);
    this.#canaries?.throwFound();
  }

  /** Takes one completion: an operation's, a cancel's or one of the driver's own. */
  onEntry(userDataLow: number, userDataHigh: number, result: number, flags: number): number {
    if (userDataLow >= 0) return this.#flow.complete(userDataLow, userDataHigh, result, flags);
    if (isSilentSend(userDataLow)) this.#silent?.complete(userDataLow, result);
    else if (isCancel(userDataLow)) this.#flow.completeCancel(userDataLow, userDataHigh, result);
    else if (userDataLow === WAKE) {
      if (this.#wakeWatch.onEntry(result, flags)) this.#unparked = true;
    } else if (userDataLow === DEADLINE) {
      if (this.#deadlineWatch.onEntry(result, flags)) this.#deadline.onExpired();
    }
    return 0;
  }

  /** Whether silent sends are not known to have gone out. */
  get #hasSilent(): boolean {
    return this.#silent !== null && this.#silent.length !== 0;
  }

  /** Whether a wake-up or the timer would end a wait. */
  get #isWatched(): boolean {
    return this.#wakeWatch.armed && this.#deadlineWatch.armed;
  }

  #fill(): void {
    this.#armWatches();
    if (this.#flow.hasBacklog) this.#flow.fill();
  }

  #armWatches(): void {
    const { submission } = this.#ring;
    this.#wakeWatch.arm(submission);
    this.#deadlineWatch.arm(submission);
  }

  #enter(timeoutMs: number, completionsMin: number = 1): number {
    this.#flush(timeoutMs, completionsMin);
    const isCaughtUp = this.#hasSilent && this.#ring.isCaughtUp;
    const progress = this.#ring.completion.drain(this);
    if (isCaughtUp) this.#silent?.settle();
    return progress;
  }

  #flush(timeoutMs: number = 0, completionsMin: number = 1): void {
    this.#receiveRing?.publish();
    const ring = this.#ring;
    ring.enter(timeoutMs, completionsMin);
    if (this.#silent !== null && ring.submission.pending === 0) this.#silent.isPending = false;
  }

  #wait(timeoutMs: number, completionsMin: number): number {
    if (this.#timedWait || timeoutMs === Infinity) return this.#enter(timeoutMs, completionsMin);
    this.#deadline.expireBy(performance.now() + timeoutMs);
    return this.#enter(Infinity);
  }

  #submitBacklog(): number {
    let progress = 0;
    for (let batch = 0; batch < BATCHES_PER_TURN && this.#flow.hasBacklog; batch++) {
      this.#fill();
      progress += this.#enter(0);
    }
    return progress;
  }

  /**
   * The kernel has not taken all silent sends, or holds completions back that found the queue full.
   * No turn ends like that: what somebody sends after it would go before what is left of those.
   */
  #settleSilent(): number {
    let progress = 0;
    for (let left = SETTLING_ROUNDS_MAX; this.#hasSilent; left--) {
      if (left === 0) throw new InvariantError("Cannot send: the kernel has no memory for it");
      progress += this.#enter(0);
    }
    return progress;
  }

  /**
   * The kernel writes nothing for the watches, but their completions must not meet a closed ring.
   */
  #endWatches(): void {
    const ring = this.#ring;
    const deadlineMs = performance.now() + WATCH_END_MS;
    for (const watch of [this.#wakeWatch, this.#deadlineWatch]) {
      watch.end();
      if (ring.submission.isFull) this.#enter(0);
      const base = ring.submission.claim(WATCH_END, 0);
      encodeCancel(ring.submission.entries, base, watch.userData, 0);
    }
    while (this.#wakeWatch.armed || this.#deadlineWatch.armed) {
      this.#enter(1);
      if (performance.now() > deadlineMs) {
        throw new InvariantError("Cannot destroy the uring driver: its own watches do not end");
      }
    }
  }
}
