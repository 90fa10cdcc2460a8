import {
  type Block,
  BlockPool,
  Canaries,
  type Capability,
  type Descriptor,
  type Driver,
  type DriverCounters,
  type DriverOptions,
  type HostWatcher,
  InvariantError,
  type Operation,
  type OperationFrame,
  OperationLedger,
  type ReceivePool,
  type RemoteUnpark,
  type SendPool,
  type SilentSender,
  WOULD_BLOCK,
} from "@bascule/core";
import {
  BlockingCalls,
  closeDescriptor,
  EAGAIN,
  EBADF,
  EINTR,
  EPOLLERR,
  EpollEvents,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  mapMemory,
  openRemoteUnpark,
  send,
  signalEventfd,
  waitEpoll,
  watchWithThread,
} from "@bascule/sys";
import { AttemptQueue } from "./attempt-queue.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { HostSignal } from "./host-signal.ts";
import { InterestTable } from "./interest-table.ts";
import { checkOptions } from "./options.ts";
import { closeOwnDescriptors, openOwnDescriptors, type OwnDescriptors } from "./own-descriptors.ts";
import { ParkTimer } from "./park-timer.ts";
import { ReceiveBuffers } from "./receive-buffers.ts";

/** After these an attempt to read finds something: bytes, the end, or the error. */
const READS = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;
/** After these an attempt to write goes through or finds the error. */
const WRITES = EPOLLOUT | EPOLLHUP | EPOLLERR;
/** After these a short read no longer means that nothing is left. */
const READS_TO_THE_END = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;

/**
 * The reactor: the kernel says that a descriptor is ready, the driver makes the system call, the
 * operation completes. See epoll(7).
 *
 * An operation is attempted in the turn after its submission, before anything is known of its
 * descriptor, and only one that would block costs an epoll_ctl(2). What is known of readiness is
 * kept per direction, so that an edge that came before the operation is not lost.
 */
export class EpollDriver implements Driver {
  readonly name: string = "epoll";
  readonly capabilities: readonly Capability[];
  readonly counters: DriverCounters = { turns: 0, systemCalls: 0, waits: 0, starvedReceives: 0 };
  readonly ledger: OperationLedger = new OperationLedger(this);
  readonly hostFd: number;
  readonly wakeFd: number;
  readonly #own: OwnDescriptors;
  readonly #events: EpollEvents;
  readonly #interests: InterestTable;
  readonly #buffers: ReceiveBuffers;
  readonly #blocks: BlockPool;
  readonly #canaries: Canaries | null;
  readonly #calls: BlockingCalls<Operation>;
  readonly #attempts: AttemptQueue;
  readonly #timer: ParkTimer;
  readonly #signal: HostSignal;
  readonly #silentFrame: OperationFrame = { fd: -1, address: 0, length: 0, offset: 0, flags: 0 };
  #unparked: number = 0;
  /** The last turn looked for events, so that one that has work anyway need not. */
  #looked: boolean = false;
  /** The host sleeps until `hostFd` becomes readable. */
  #parked: boolean = false;

  /**
   * @throws {RangeError} when an option is out of its range
   * @throws {Error} in Node's shape when the kernel has no descriptors or memory to give; nothing
   *   stays open or mapped then
   */
  constructor(options: DriverOptions = {}) {
    const checked = checkOptions(options);
    const { queueEntries, receiveBuffers, receiveBufferBytes, blockingThreads, without } = checked;
    using opened = new DisposableStack();
    const own = openOwnDescriptors();
    opened.defer(() => closeOwnDescriptors(own));
    this.#own = own;
    this.hostFd = own.hostFd;
    this.wakeFd = own.wakeFd;
    this.#events = new EpollEvents(queueEntries);
    opened.defer(() => this.#events.close());
    const canaries = Canaries.from(options);
    this.#canaries = canaries;
    this.ledger.canaries = canaries;
    this.#blocks = new BlockPool(mapMemory, canaries);
    const released = (): void => this.#released();
    this.#buffers = new ReceiveBuffers(receiveBuffers, receiveBufferBytes, released, canaries);
    opened.defer(() => this.#buffers.destroy());
    this.#interests = new InterestTable(own.epollFd, this.counters);
    this.#calls = new BlockingCalls(own.wakeFd, blockingThreads);
    this.#attempts = new AttemptQueue(
      this.ledger,
      this.#interests,
      this.#buffers,
      this.counters,
      this.#calls,
    );
    this.#timer = new ParkTimer(own.timerFd, this.counters);
    this.#signal = new HostSignal(own, this.counters, !without.includes("aio"));
    this.capabilities = capabilitiesOf(this.#signal.isNative, blockingThreads);
    opened.move();
  }

  get receivePool(): ReceivePool {
    return this.#buffers;
  }

  get sendPool(): SendPool {
    return this.#blocks;
  }

  submit(operation: Operation): void {
    this.#attempts.submit(operation);
  }

  sendSilently(sender: SilentSender, block: Block, start: number, end: number): boolean {
    const { ledger } = this;
    if (this.#canaries !== null) return false;
    const frame = this.#silentFrame;
    frame.fd = sender.fd;
    frame.address = block.address + start;
    frame.length = end - start;
    const fromMs = ledger.observer === null ? 0 : performance.now();
    this.counters.systemCalls++;
    const attempted = send.attempt(frame);
    const result = attempted === WOULD_BLOCK ? -EAGAIN : attempted;
    ledger.noteSilent(1);
    if (ledger.observer !== null) {
      ledger.showSilent(send, sender.fd, result, fromMs, performance.now());
    }
    if (result === frame.length) this.#blocks.give(block);
    else sender.onUnsent(block, start, end, result);
    return true;
  }

  cancel(operation: Operation): void {
    this.#attempts.cancel(operation);
  }

  turn(timeoutMs: number): number {
    this.counters.turns++;
    this.#parked = false;
    this.#unparked = 0;
    let looked = false;
    if (this.#attempts.hasWork) {
      // Looking for events at every second turn is enough while each turn has work anyway.
      looked = !this.#looked;
      this.#looked = looked;
      if (looked) this.#look(0);
      const done = this.#attempts.carryOut() + this.#unparked;
      if (done > 0) return done;
    }
    if (!looked || timeoutMs > 0) {
      this.#looked = true;
      this.#look(this.#attempts.hasWork ? 0 : timeoutMs);
    }
    return this.#attempts.carryOut() + this.#unparked;
  }

  mayProgress(): boolean {
    return true;
  }

  park(deadlineMs: number): boolean {
    if (this.#attempts.hasWork) return false;
    if (deadlineMs !== Number.POSITIVE_INFINITY) {
      const nowMs = performance.now();
      if (deadlineMs <= nowMs) return false;
      this.#timer.wakeBy(deadlineMs, nowMs);
    }
    this.#parked = this.#signal.arm();
    return this.#parked;
  }

  awake(): void {
    // The signal fires at most once before it is armed again, so that muting it would save nothing.
    this.#parked = false;
  }

  unpark(): void {
    this.counters.systemCalls++;
    signalEventfd(this.wakeFd);
  }

  remoteUnpark(): RemoteUnpark {
    return openRemoteUnpark(this.wakeFd);
  }

  closeDescriptor(descriptor: Descriptor): void {
    this.#interests.forget(descriptor.fd);
    this.counters.systemCalls++;
    // Any other error is about what was written, and leaves nothing open.
    if (closeDescriptor(descriptor.fd) !== -EBADF) return;
    throw new InvariantError(`Descriptor ${descriptor.fd} cannot be closed: it is not open`);
  }

  watchWithThread(onReadable: () => void): HostWatcher {
    return watchWithThread(this.hostFd, onReadable);
  }

  destroy(options: { leak: boolean }): void {
    const { inFlight } = this.ledger;
    if (inFlight !== 0 && !options.leak) {
      throw new InvariantError(`The driver is destroyed with ${inFlight} operations in flight`);
    }
    if (!options.leak) {
      this.#blocks.destroy();
      this.#buffers.destroy();
    }
    this.#calls.close();
    this.#signal.close();
    this.#events.close();
    closeOwnDescriptors(this.#own);
    this.#canaries?.throwFound();
  }

  /** Takes the events that have come, or waits for the first one, and notes what became ready. */
  #look(timeoutMs: number): void {
    this.counters.systemCalls++;
    this.counters.waits++;
    const events = this.#events;
    const count = waitEpoll(this.#own.epollFd, events, timeoutMs);
    if (count < 0 && count !== -EINTR) {
      throw new InvariantError(`The epoll set cannot be waited for: errno ${-count}`);
    }
    for (let index = 0; index < count; index++) {
      const fd = events.descriptorAt(index);
      if (fd === this.wakeFd) this.#unparked = 1;
      else if (fd === this.#own.timerFd) this.#timer.expired();
      else this.#note(fd, events.generationAt(index), events.eventsAt(index));
    }
  }

  #note(fd: number, generation: number, bits: number): void {
    const interest = this.#interests.find(fd, generation);
    if (interest === null) {
      this.ledger.counters.stale++;
      return;
    }
    if ((bits & READS_TO_THE_END) !== 0) interest.readsToTheEnd = true;
    if ((bits & READS) !== 0) this.#attempts.markReady(interest.readLane);
    if ((bits & WRITES) !== 0) this.#attempts.markReady(interest.writeLane);
  }

  /** A buffer came back: a sleeping host must turn when a receive was waiting for it. */
  #released(): void {
    if (this.#parked && this.#attempts.canFeedStarved) {
      this.#parked = false;
      this.#signal.raise();
    }
  }
}
