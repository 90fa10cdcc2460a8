import {
  CANCELLING,
  type DriverCounters,
  InvariantError,
  NO_BUFFER,
  type Operation,
  type OperationFrame,
  type OperationKind,
  type OperationLedger,
  WOULD_BLOCK,
} from "@bascule/core";
import {
  type BlockingCalls,
  type CallSink,
  ECANCELED,
  EINTR,
  ENOBUFS,
  ENOENT,
  ENXIO,
  IN_POOL,
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUFFER,
  IORING_CQE_F_MORE,
  IORING_OP_ACCEPT,
  IORING_OP_OPENAT,
  isTransientAcceptResult,
  NO_OPCODE,
  pollOnce,
  POLLIN,
  POLLOUT,
  READINESS_WRITABLE,
} from "@bascule/sys";
import { CancelQueue, cancelledSlot } from "./cancel-queue.ts";
import { neverWaits } from "./direct-call.ts";
import { type MultishotSupport, submittedForm } from "./multishot-support.ts";
import { OperationQueue } from "./operation-queue.ts";
import { RECEIVE_GROUP, type ReceiveRing } from "./receive-ring.ts";
import { ReceiveSlab } from "./receive-slab.ts";
import type { SubmissionQueue } from "./submission-queue.ts";

/** Waits in line for a free submission entry. */
const WAITING = 1;
/** The kernel has it, or finds it in the submission queue. */
const IN_KERNEL = 2;
/** As IN_KERNEL, but the kernel only watches for readiness, and the driver makes the call. */
const POLLING = 3;
/** Found no receive buffer, and goes on when one comes back. */
const STARVED = 4;
/** Completes in the next turn without the ring. */
const DUE = 5;
/** Its multishot ended; the last result is being delivered and what follows is not decided yet. */
const PAUSED = 6;

/** So many reads of a turn may be attempted where the ring is about as fast. */
const ATTEMPTS_INSTEAD = 2;

/** What the flow works with. */
export interface FlowParts {
  readonly ledger: OperationLedger;
  readonly submission: SubmissionQueue;
  readonly receive: ReceiveRing | ReceiveSlab;
  readonly multishot: MultishotSupport;
  readonly counters: DriverCounters;
  /** By opcode: 1 where the ring has the operation. */
  readonly opcodes: Uint8Array;
  readonly calls: BlockingCalls<Operation>;
}

/**
 * The life of an operation inside the proactor, from `submit` to its final completion. Where it is,
 * its `driverState` says. It hides from listeners what the kernel leaves to us: multishots that end
 * early, missing buffers, interrupted calls, a full submission queue.
 */
export class OperationFlow implements CallSink<Operation> {
  readonly #ledger: OperationLedger;
  readonly #submission: SubmissionQueue;
  readonly #receive: ReceiveRing | ReceiveSlab;
  /** The same object as `#receive` when there is no buffer ring. */
  readonly #slab: ReceiveSlab | null;
  readonly #multishot: MultishotSupport;
  readonly #counters: DriverCounters;
  readonly #opcodes: Uint8Array;
  /** Threads that make the calls which the ring has no operation for. */
  readonly #calls: BlockingCalls<Operation>;
  readonly #waiting: OperationQueue = new OperationQueue();
  readonly #starved: OperationQueue = new OperationQueue();
  readonly #due: OperationQueue = new OperationQueue();
  readonly #cancels: CancelQueue = new CancelQueue();
  readonly #polledFrame: OperationFrame = { fd: -1, address: 0, length: 0, offset: 0, flags: 0 };

  constructor(parts: FlowParts) {
    this.#ledger = parts.ledger;
    this.#submission = parts.submission;
    this.#receive = parts.receive;
    this.#slab = parts.receive instanceof ReceiveSlab ? parts.receive : null;
    this.#multishot = parts.multishot;
    this.#counters = parts.counters;
    this.#opcodes = parts.opcodes;
    this.#calls = parts.calls;
  }

  /** Operations or cancels that found the submission queue full. */
  get hasBacklog(): boolean {
    return this.#waiting.length !== 0 || !this.#cancels.isEmpty;
  }

  /** Operations that {@link completeDue} would complete. */
  get hasDue(): boolean {
    return this.#due.length !== 0;
  }

  /** Receives that wait for a buffer. */
  get starvedCount(): number {
    return this.#starved.length;
  }

  /** Starved receives for which a buffer has come back. */
  get canResume(): boolean {
    return this.#starved.length !== 0 && this.#receive.free > 0;
  }

  submit(operation: Operation): void {
    const kind = kindOf(operation);
    if (kind.selectsBuffer) {
      operation.offset = RECEIVE_GROUP;
      operation.length = this.#receive.bufferSize;
    }
    const direct =
      kind.encodeCall === null
        ? neverWaits(kind, operation, this.#counters)
        : this.#isAttemptedFirst(kind, operation);
    if (direct) this.#push(this.#due, operation, DUE);
    else this.#start(operation);
  }

  #isAttemptedFirst(kind: OperationKind, operation: Operation): boolean {
    if (kind.attemptsFirst || this.#opcodes[kind.opcode] !== 1) return true;
    // One at a time is faster without the ring, several are faster with it.
    return (
      operation.length <= kind.attemptBytesMax &&
      this.#due.length < ATTEMPTS_INSTEAD &&
      this.#submission.pending === 0
    );
  }

  cancel(operation: Operation): void {
    if (operation.driverState >= IN_POOL) {
      if (this.#calls.cancel(operation)) this.#push(this.#due, operation, DUE);
      return;
    }
    switch (operation.driverState) {
      case IN_KERNEL:
      case POLLING:
        // At once when there is room, so that it comes before what is submitted next.
        this.#cancels.push(operation.slot, operation.generation);
        this.#cancels.writeTo(this.#submission);
        return;
      case WAITING:
        this.#waiting.remove(operation);
        this.#push(this.#due, operation, DUE);
        return;
      case STARVED:
        this.#starved.remove(operation);
        this.#push(this.#due, operation, DUE);
        return;
      case DUE:
      case PAUSED:
        // Whoever goes on with it sees that it is cancelling.
        return;
      default:
        throw misplaced("cancel", operation);
    }
  }

  /** Takes a completion that names an operation. Returns how many completions were delivered. */
  complete(slot: number, generation: number, result: number, flags: number): number {
    let bufferId =
      (flags & IORING_CQE_F_BUFFER) === 0 ? NO_BUFFER : flags >>> IORING_CQE_BUFFER_SHIFT;
    const ledger = this.#ledger;
    const isPartial = (flags & IORING_CQE_F_MORE) !== 0 && result > 0;
    if (isPartial && ledger.canDeliverPartial(slot, generation)) {
      if (bufferId !== NO_BUFFER) this.#receive.handOut(bufferId, result);
      ledger.deliverPartial(slot, result, bufferId);
      return 1;
    }
    const operation = ledger.find(slot, generation);
    if (bufferId !== NO_BUFFER) {
      if (operation !== null && result > 0) {
        this.#receive.handOut(bufferId, result);
      } else {
        this.#receive.refuse(bufferId);
        bufferId = NO_BUFFER;
      }
    }
    if (operation === null) return 0;
    const { driverState } = operation;
    if ((flags & IORING_CQE_F_MORE) !== 0 && driverState === IN_KERNEL) {
      ledger.deliver(operation, result, true, bufferId);
      return 1;
    }
    if (driverState === IN_KERNEL) return this.#ended(operation, result, bufferId);
    if (driverState === POLLING) return this.#polled(operation, result);
    throw misplaced("complete", operation);
  }

  /** Takes the completion of a cancel, whose operation completes by itself. */
  completeCancel(userDataLow: number, generation: number, result: number): void {
    if (result !== -ENOENT) return;
    const operation = this.#ledger.find(cancelledSlot(userDataLow), generation);
    // It completed by itself, or the kernel was just moving it and did not see it: ask again.
    if (operation !== null && operation.state === CANCELLING && isInKernel(operation)) {
      this.#cancels.push(operation.slot, operation.generation);
    }
  }

  /** Moves what waits in line into the submission queue, cancels first. */
  fill(): void {
    if (!this.#cancels.isEmpty) this.#cancels.writeTo(this.#submission);
    while (this.#waiting.length !== 0 && !this.#submission.isFull) {
      const operation = this.#waiting.shift();
      if (operation !== null) this.#write(operation);
    }
  }

  /** Lets as many starved receives go on as there are buffers. */
  resumeStarved(): void {
    for (let budget = this.#receive.free; budget > 0; budget--) {
      const operation = this.#starved.shift();
      if (operation === null) return;
      this.#start(operation);
    }
  }

  /** Completes what was cancelled before the kernel had it, and what needs no ring. */
  completeDue(): number {
    let delivered = 0;
    for (let count = this.#due.length; count > 0; count--) {
      const operation = this.#due.shift();
      if (operation !== null) delivered += this.#completeWithoutRing(operation);
    }
    return delivered;
  }

  #completeWithoutRing(operation: Operation): number {
    if (operation.state === CANCELLING) return this.#finish(operation, -ECANCELED);
    this.#counters.systemCalls++;
    const result = kindOf(operation).attempt(operation);
    if (result !== WOULD_BLOCK) return this.#finish(operation, result);
    const { encodeCall, opcode } = kindOf(operation);
    if (encodeCall !== null && this.#opcodes[opcode] !== 1) this.#calls.start(operation);
    else this.#start(operation);
    return 0;
  }

  /** A thread has made the call of an operation. */
  onCall(operation: Operation, result: number): void {
    this.#finish(operation, result);
  }

  /** Into the submission queue, or in line for it: operations keep their order. */
  #start(operation: Operation): void {
    if (this.#submission.isFull || this.#waiting.length !== 0) {
      this.#push(this.#waiting, operation, WAITING);
    } else {
      this.#write(operation);
    }
  }

  #write(operation: Operation): void {
    const kind = kindOf(operation);
    const { entries } = this.#submission;
    const base = this.#submission.claim(operation.slot, operation.generation);
    if (kind.opcode === NO_OPCODE || (kind.selectsBuffer && this.#slab !== null)) {
      operation.driverState = POLLING;
      const polled = this.#polledFrame;
      polled.fd = operation.fd;
      polled.flags = kind.readiness === READINESS_WRITABLE ? POLLOUT : POLLIN;
      pollOnce.encode(entries, base, polled);
      return;
    }
    operation.driverState = IN_KERNEL;
    const form = kind.multishot ? submittedForm(kind, this.#multishot) : kind;
    form.encode(entries, base, operation);
  }

  /** The kernel is done with this submission, which need not be the end of the operation. */
  #ended(operation: Operation, result: number, bufferId: number): number {
    const kind = kindOf(operation);
    if (result >= 0) {
      // A receive of 0 bytes is the end of the stream; a descriptor may well be 0.
      const goesOn = kind.multishot && (result > 0 || !kind.selectsBuffer);
      if (goesOn) return this.#pause(operation, result, bufferId);
      this.#ledger.deliver(operation, result, false, bufferId);
      return 1;
    }
    // A FIFO that nobody reads: the ring does not wait for somebody, as open(2) does.
    if (result === -ENXIO && kind.opcode === IORING_OP_OPENAT) return this.#callInstead(operation);
    const starved = result === -ENOBUFS && kind.selectsBuffer;
    if (!starved && !isPassing(kind, result)) return this.#finish(operation, result);
    if (operation.state === CANCELLING) return this.#finish(operation, -ECANCELED);
    if (starved) this.#starve(operation);
    else this.#start(operation);
    return 0;
  }

  #callInstead(operation: Operation): number {
    if (operation.state === CANCELLING) return this.#finish(operation, -ECANCELED);
    this.#calls.start(operation);
    return 0;
  }

  /** A descriptor is ready: makes the call, into a buffer of our own choice where it needs one. */
  #polled(operation: Operation, result: number): number {
    if (result === -EINTR && operation.state !== CANCELLING) {
      this.#start(operation);
      return 0;
    }
    if (operation.state === CANCELLING) return this.#finish(operation, -ECANCELED);
    if (result < 0) return this.#finish(operation, result);
    if (!kindOf(operation).selectsBuffer) return this.#completeWithoutRing(operation);
    const slab = this.#slab;
    const bufferId = slab === null ? NO_BUFFER : slab.pick();
    if (slab === null || bufferId === NO_BUFFER) {
      this.#starve(operation);
      return 0;
    }
    operation.address = slab.addressOf(bufferId);
    return this.#received(operation, slab, bufferId);
  }

  #received(operation: Operation, slab: ReceiveSlab, bufferId: number): number {
    const kind = kindOf(operation);
    this.#counters.systemCalls++;
    const result = kind.attempt(operation);
    if (result <= 0) {
      slab.putBack(bufferId);
      if (result !== WOULD_BLOCK) return this.#finish(operation, result);
      this.#start(operation);
      return 0;
    }
    slab.handOut(bufferId, result);
    if (kind.multishot) return this.#pause(operation, result, bufferId);
    this.#ledger.deliver(operation, result, false, bufferId);
    return 1;
  }

  /** Delivers a result of a multishot that the kernel ended, and submits it again. */
  #pause(operation: Operation, result: number, bufferId: number): number {
    operation.driverState = PAUSED;
    this.#ledger.deliver(operation, result, true, bufferId);
    // Looked at only now: the listener may have cancelled.
    if (operation.state === CANCELLING) return 1 + this.#finish(operation, -ECANCELED);
    this.#start(operation);
    return 1;
  }

  #starve(operation: Operation): void {
    this.#counters.starvedReceives++;
    this.#push(this.#starved, operation, STARVED);
  }

  #finish(operation: Operation, result: number): number {
    this.#ledger.deliver(operation, result, false, NO_BUFFER);
    return 1;
  }

  #push(queue: OperationQueue, operation: Operation, driverState: number): void {
    operation.driverState = driverState;
    queue.push(operation);
  }
}

/** Says nothing about the operation: the call was interrupted, or one queued connection died. */
function isPassing(kind: OperationKind, result: number): boolean {
  if (result === -EINTR) return true;
  return kind.opcode === IORING_OP_ACCEPT && isTransientAcceptResult(result);
}

function isInKernel(operation: Operation): boolean {
  return operation.driverState === IN_KERNEL || operation.driverState === POLLING;
}

function kindOf(operation: Operation): OperationKind {
  if (operation.kind === null) throw misplaced("use", operation);
  return operation.kind;
}

function misplaced(action: string, operation: Operation): InvariantError {
  const { slot, generation, driverState } = operation;
  const name = operation.kind?.name ?? "nothing";
  return new InvariantError(
    `Cannot ${action} operation ${slot} (${name}, generation ${generation}): ` +
      `its place in the driver is ${driverState}`,
  );
}
