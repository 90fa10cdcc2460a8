import {
  CANCELLING,
  type DriverCounters,
  InvariantError,
  NO_BUFFER,
  type Operation,
  type OperationKind,
  type OperationLedger,
  WOULD_BLOCK,
} from "@bascule/core";
import { type BlockingCalls, type CallSink, ECANCELED, IN_POOL, poll, read } from "@bascule/sys";
import type { Interest } from "./interest.ts";
import type { InterestTable } from "./interest-table.ts";
import { type Lane, LaneList } from "./lane.ts";
import { OperationFifo } from "./operation-fifo.ts";
import type { ReceiveBuffers } from "./receive-buffers.ts";

/** Attempts of one lane in one turn. What is left over is continued in the next one. */
const ATTEMPTS_PER_TURN = 16;
/** Attempts on files in one turn, and bytes they may copy: a millisecond's worth at most. */
const FILE_ATTEMPTS_PER_TURN = 128;
const FILE_BYTES_PER_TURN = 2 << 20;
const READABLE = 1;

/**
 * Carries operations out: attempts those whose descriptor may be ready, keeps the others until an
 * edge comes, and delivers what completed. An operation is in exactly one place: with those that
 * need no readiness, with the blocking pool, in the lane of its direction, or with the cancelled.
 */
export class AttemptQueue implements CallSink<Operation> {
  readonly #ledger: OperationLedger;
  readonly #interests: InterestTable;
  readonly #buffers: ReceiveBuffers;
  readonly #counters: DriverCounters;
  /** Operations on files that would have to wait for a disk: threads wait for them. */
  readonly #calls: BlockingCalls<Operation>;
  /** Operations that need no readiness. */
  readonly #immediate: OperationFifo = new OperationFifo();
  /** Operations that were taken out of their lane and complete with -ECANCELED. */
  readonly #cancelled: OperationFifo = new OperationFifo();
  /** Lanes with an operation that may succeed. */
  readonly #ready: LaneList = new LaneList();
  /** Lanes whose next operation needs a receive buffer when there was none. */
  readonly #starved: LaneList = new LaneList();
  #delivered: number = 0;

  constructor(
    ledger: OperationLedger,
    interests: InterestTable,
    buffers: ReceiveBuffers,
    counters: DriverCounters,
    calls: BlockingCalls<Operation>,
  ) {
    this.#ledger = ledger;
    this.#calls = calls;
    this.#interests = interests;
    this.#buffers = buffers;
    this.#counters = counters;
  }

  /** Whether {@link carryOut} has something to do. */
  get hasWork(): boolean {
    return (
      this.#ready.size !== 0 ||
      this.#cancelled.head !== null ||
      this.#immediate.head !== null ||
      this.#calls.hasWork ||
      this.canFeedStarved
    );
  }

  /** Whether a receive that ran out of buffers could go on. */
  get canFeedStarved(): boolean {
    return this.#starved.size !== 0 && this.#buffers.free !== 0;
  }

  submit(operation: Operation): void {
    const { readiness } = kindOf(operation);
    if (readiness === 0) {
      this.#immediate.append(operation);
      return;
    }
    const lane = laneOf(this.#interests.of(operation.fd), readiness);
    lane.append(operation);
    if (lane.ready && lane.list === null) this.#ready.append(lane);
  }

  cancel(operation: Operation): void {
    const { readiness } = kindOf(operation);
    if (readiness === 0) {
      // One that is not with the pool ends in the next turn anyway, and is told apart there.
      if (operation.driverState < IN_POOL || !this.#calls.cancel(operation)) return;
      this.#cancelled.append(operation);
      return;
    }
    const lane = laneOf(this.#interests.of(operation.fd), readiness);
    if (!lane.remove(operation)) {
      throw new InvariantError(`Operation ${operation.slot} is in flight but does not wait`);
    }
    this.#cancelled.append(operation);
    const list = lane.list;
    if (list === null) return;
    if (lane.head === null) list.remove(lane);
    else if (list === this.#starved) {
      list.remove(lane);
      this.#ready.append(lane);
    }
  }

  /** An edge came: whatever waits for this direction may succeed now. */
  markReady(lane: Lane): void {
    lane.ready = true;
    if (lane.head !== null && lane.list === null) this.#ready.append(lane);
  }

  /** Attempts whatever may succeed, each lane once. Returns how many completions it delivered. */
  carryOut(): number {
    this.#delivered = 0;
    this.#endCancelled();
    if (this.#calls.hasWork) this.#calls.reap(this);
    if (this.#immediate.head !== null) this.#runImmediate();
    for (let count = Math.min(this.#starved.size, this.#buffers.free); count > 0; count--) {
      const lane = this.#starved.shift();
      if (lane !== null) this.#ready.append(lane);
    }
    for (let count = this.#ready.size; count > 0; count--) {
      const lane = this.#ready.first;
      if (lane === null) break;
      this.#serve(lane);
    }
    return this.#delivered;
  }

  #endCancelled(): void {
    let operation = this.#cancelled.takeAll();
    while (operation !== null) {
      const next: Operation | null = operation.next;
      this.#deliver(operation, -ECANCELED, false, NO_BUFFER);
      operation = next;
    }
  }

  /** Attempts what needs no readiness, up to a turn's share; the rest is next. */
  #runImmediate(): void {
    const immediate = this.#immediate;
    const last = immediate.tail;
    let bytesLeft = FILE_BYTES_PER_TURN;
    for (let left = FILE_ATTEMPTS_PER_TURN; left > 0 && bytesLeft > 0; left--) {
      const operation = immediate.head;
      if (operation === null) return;
      immediate.removeHead();
      const kind = kindOf(operation);
      if (kind.encodeCall !== null) bytesLeft -= operation.length;
      this.#runOne(operation, kind);
      if (operation === last) return;
    }
  }

  #runOne(operation: Operation, kind: OperationKind): void {
    const cancelled = operation.state === CANCELLING;
    const result = cancelled ? -ECANCELED : this.#attempt(operation, kind);
    if (result === WOULD_BLOCK) this.#calls.start(operation);
    else this.#deliver(operation, result, false, NO_BUFFER);
  }

  /** A thread has made the call of an operation. */
  onCall(operation: Operation, result: number): void {
    this.#deliver(operation, result, false, NO_BUFFER);
  }

  /**
   * Gives a lane its share, and decides where it goes on. It stays in its list meanwhile, so that a
   * listener that submits or cancels on the same lane finds it scheduled.
   */
  #serve(lane: Lane): void {
    const starving = this.#attemptSeveral(lane);
    lane.list?.remove(lane);
    if (starving) this.#starved.append(lane);
    else if (lane.head !== null && lane.ready) this.#ready.append(lane);
  }

  /**
   * Attempts a lane's operations in order until it is not ready, empty, or has had its share.
   * @returns true when it ended because there is no receive buffer left
   */
  #attemptSeveral(lane: Lane): boolean {
    for (let left = ATTEMPTS_PER_TURN; left > 0; left--) {
      const operation = lane.head;
      if (operation === null || !lane.ready) return false;
      const kind = kindOf(operation);
      if (!kind.selectsBuffer) this.#transfer(lane, operation, kind);
      else if (this.#buffers.free !== 0) this.#receive(lane, operation, kind);
      else {
        this.#counters.starvedReceives++;
        return true;
      }
    }
    return false;
  }

  /** An attempt on memory of the operation's own, or on none. */
  #transfer(lane: Lane, operation: Operation, kind: OperationKind): void {
    const result = this.#attempt(operation, kind);
    if (result === WOULD_BLOCK) {
      this.#block(lane, operation);
      return;
    }
    if (kind === poll && result >= 0) {
      // Polling again would find the same events: only the next edge says something new.
      if (!this.#block(lane, operation)) return;
    } else if (kind !== read && isShort(operation, result)) this.#expectEdge(lane);
    this.#complete(lane, operation, result, kind.multishot && result >= 0, NO_BUFFER);
  }

  /** An attempt on a buffer of the pool, which is taken only when bytes came. */
  #receive(lane: Lane, operation: Operation, kind: OperationKind): void {
    const buffers = this.#buffers;
    const bufferId = buffers.top;
    operation.address = buffers.addressOf(bufferId);
    if (operation.length === 0 || operation.length > buffers.bufferSize) {
      operation.length = buffers.bufferSize;
    }
    const result = this.#attempt(operation, kind);
    if (result > 0) {
      buffers.takeTop();
      if (isShort(operation, result)) this.#expectEdge(lane);
      this.#complete(lane, operation, result, kind.multishot, bufferId);
    } else if (result === WOULD_BLOCK) this.#block(lane, operation);
    else this.#complete(lane, operation, result, false, NO_BUFFER);
  }

  #attempt(operation: Operation, kind: OperationKind): number {
    this.#counters.systemCalls++;
    return kind.attempt(operation);
  }

  /**
   * Leaves an operation at the head of its lane until an edge comes.
   * @returns false when no edge can come and the operation has ended with the reason for that
   */
  #block(lane: Lane, operation: Operation): boolean {
    const result = this.#interests.register(lane);
    lane.ready = result < 0;
    if (result < 0) this.#complete(lane, operation, result, false, NO_BUFFER);
    return result >= 0;
  }

  /**
   * The kernel gave or took less than was asked for, so that the next attempt would block: saves
   * that system call. What arrived after the call makes an edge, which may already be on its way.
   */
  #expectEdge(lane: Lane): void {
    const { interest } = lane;
    if (interest.readsToTheEnd) return;
    if ((interest.registered & lane.bit) === 0) {
      // A one-shot operation is about to leave; the next one finds out and registers by itself.
      const kind = lane.head === null ? null : lane.head.kind;
      if (kind === null || !kind.multishot || this.#interests.register(lane) < 0) return;
    }
    lane.ready = false;
  }

  #complete(
    lane: Lane,
    operation: Operation,
    result: number,
    more: boolean,
    bufferId: number,
  ): void {
    // Before delivery: the listener may submit the very same object again.
    if (!more) lane.removeHead();
    this.#deliver(operation, result, more, bufferId);
  }

  #deliver(operation: Operation, result: number, more: boolean, bufferId: number): void {
    this.#delivered++;
    this.#ledger.deliver(operation, result, more, bufferId);
  }
}

function kindOf(operation: Operation): OperationKind {
  const kind = operation.kind;
  if (kind === null) throw new InvariantError(`Operation ${operation.slot} has no kind`);
  return kind;
}

function laneOf(interest: Interest, readiness: number): Lane {
  return readiness === READABLE ? interest.readLane : interest.writeLane;
}

/**
 * Whether a stream gave or took less than was asked for. It says nothing of a `read`: a terminal
 * gives a line at a time, inotify whole events, and more may be there without another edge. With
 * flags there may be other reasons for that (MSG_PEEK takes nothing out, MSG_CMSG_CLOEXEC expects
 * messages with descriptors, which end a receive), and a result that counts no bytes has no length
 * to compare with.
 */
function isShort(operation: Operation, result: number): boolean {
  return result > 0 && result < operation.length && operation.flags === 0;
}
