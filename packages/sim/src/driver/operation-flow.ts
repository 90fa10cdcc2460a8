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
import { ECANCELED, ECONNABORTED, EINTR } from "../errno.ts";
import type { HostMachine } from "../machine/host-machine.ts";
import type { Direction } from "../network/socket.ts";
import type { WorldState } from "../world-state.ts";
import type { ReceiveBuffers } from "./receive-buffers.ts";

/** In the submission queue. */
const QUEUED = 1;
/** To be tried in the next turn. */
const DUE = 2;
/** Waits until its descriptor is ready. */
const PARKED = 3;
/** Found no receive buffer, and goes on when one comes back. */
const STARVED = 4;
/** The call has been made; its completion is under way. */
const DONE = 5;
/** Its last result is being delivered, and what follows is not decided yet. */
const PAUSED = 6;

const READABLE = 1;
const DELAY_MS_MAX = 1;

interface Completion {
  readonly operation: Operation;
  readonly generation: number;
  readonly result: number;
  readonly bufferId: number;
}

interface CancelRequest {
  readonly operation: Operation;
  readonly generation: number;
  /** It has been late already, and is carried out now. */
  readonly isLate: boolean;
}

/** What the flow works with. */
export interface FlowParts {
  readonly hostName: string;
  readonly world: WorldState;
  readonly ledger: OperationLedger;
  readonly machine: HostMachine;
  readonly buffers: ReceiveBuffers;
  readonly counters: DriverCounters;
  /** Entries of the submission queue. */
  readonly queueEntries: number;
}

/**
 * The life of an operation inside the simulation, from `submit` to its final completion, with all
 * that a kernel's queues do to it: full, out of order, late. Where it is, its `driverState` says.
 */
export class OperationFlow {
  readonly #parts: FlowParts;
  readonly #submitted: Operation[] = [];
  readonly #cancels: CancelRequest[] = [];
  #due: Operation[] = [];
  readonly #starved: Operation[] = [];
  readonly #parked: Map<number, Operation[]> = new Map();
  /** Completions that {@link deliver} gives out, oldest first. */
  readonly #completions: Completion[] = [];
  readonly #frame: OperationFrame = { fd: -1, address: 0, length: 0, offset: 0, flags: 0 };

  constructor(parts: FlowParts) {
    this.#parts = parts;
  }

  /** Whether a turn would do something. */
  get hasWork(): boolean {
    return (
      this.#submitted.length > 0 ||
      this.#due.length > 0 ||
      this.#cancels.length > 0 ||
      this.#completions.length > 0 ||
      (this.#starved.length > 0 && this.#parts.buffers.free > 0)
    );
  }

  submit(operation: Operation): void {
    operation.driverState = QUEUED;
    this.#submitted.push(operation);
  }

  cancel(operation: Operation): void {
    const { generation } = operation;
    this.#cancels.push({ operation, generation, isLate: false });
  }

  /** A descriptor may have become ready: what waits for it is tried again. */
  ready(fd: number, direction: Direction): void {
    const parked = this.#parked.get(fd);
    if (parked === undefined) return;
    const left = parked.filter((operation) => {
      const waitsToRead = kindOf(operation).readiness === READABLE;
      if (waitsToRead !== (direction === "read")) return true;
      this.#makeDue(operation);
      return false;
    });
    if (left.length === 0) this.#parked.delete(fd);
    else this.#parked.set(fd, left);
  }

  /** One turn. @returns how many completions were delivered */
  turn(): number {
    const { choices } = this.#parts.world;
    this.#takeSubmissions();
    // A cancel and what it is for race: either may come first.
    const triesFirst = this.#cancels.length > 0 && choices.choose(2) === 1;
    if (triesFirst) this.#tryAll();
    this.#takeCancels();
    this.#resumeStarved();
    if (!triesFirst) this.#tryAll();
    return this.#deliverAll();
  }

  #takeSubmissions(): void {
    const { world, queueEntries, hostName } = this.#parts;
    const waiting = this.#submitted.length;
    if (waiting === 0) return;
    let count = Math.min(waiting, queueEntries);
    if (count > 1 && world.choices.chance(world.faults.fullSubmissionQueues)) {
      count = 1 + world.choices.choose(count - 1);
    }
    if (count < waiting) world.note(hostName, "submission queue full", "", waiting - count);
    for (const operation of this.#submitted.splice(0, count)) {
      // A cancel may have reached it before the kernel did.
      if (operation.driverState === QUEUED) this.#makeDue(operation);
    }
  }

  #takeCancels(): void {
    const { world } = this.#parts;
    for (const request of this.#cancels.splice(0)) {
      const { operation, generation, isLate } = request;
      if (operation.generation !== generation) continue;
      if (!isLate && world.choices.chance(world.faults.lateCancels)) {
        this.#note("late cancel", operation);
        this.#later(() => this.#cancels.push({ ...request, isLate: true }));
      } else this.#carryOut(operation);
    }
  }

  #carryOut(operation: Operation): void {
    switch (operation.driverState) {
      case DONE:
      case PAUSED:
        // -EALREADY: it completes by itself, with its own result.
        this.#note("cancel already", operation);
        return;
      case QUEUED:
        remove(this.#submitted, operation);
        break;
      case DUE:
        remove(this.#due, operation);
        break;
      case STARVED:
        remove(this.#starved, operation);
        break;
      case PARKED:
        this.#unpark(operation);
        break;
      default:
        throw misplaced("cancel", operation);
    }
    this.#finish(operation, -ECANCELED, NO_BUFFER);
  }

  #tryAll(): void {
    const { choices, faults } = this.#parts.world;
    const due = this.#due;
    this.#due = [];
    while (due.length > 0) {
      const isReordered = due.length > 1 && choices.chance(faults.reorderedCompletions);
      const index = isReordered ? choices.choose(due.length) : 0;
      const operation = due.splice(index, 1)[0];
      if (operation !== undefined) this.#try(operation);
    }
  }

  /** Makes the call of an operation, unless the kernel has reasons not to yet. */
  #try(operation: Operation): void {
    const { world, buffers } = this.#parts;
    const { choices, faults } = world;
    const kind = kindOf(operation);
    if (choices.chance(faults.spuriousReadiness)) {
      this.#note("again", operation);
      this.#makeDue(operation);
      return;
    }
    if (choices.chance(faults.interruptedCalls)) {
      this.#note("interrupted", operation);
      // Callers of files go on by themselves; for all others a driver hides it.
      if (kind.encodeCall !== null) this.#finish(operation, -EINTR, NO_BUFFER);
      else this.#makeDue(operation);
      return;
    }
    const bufferId = kind.selectsBuffer ? this.#pick(operation) : NO_BUFFER;
    if (kind.selectsBuffer && bufferId === NO_BUFFER) return;
    const result = this.#call(operation, kind, bufferId);
    if (result <= 0 && bufferId !== NO_BUFFER) buffers.release(bufferId);
    if (result === WOULD_BLOCK) this.#park(operation);
    else if (result === -ECONNABORTED && kind.multishot) this.#makeDue(operation);
    else this.#finish(operation, result, result > 0 ? bufferId : NO_BUFFER);
  }

  #call(operation: Operation, kind: OperationKind, bufferId: number): number {
    const { buffers, counters, machine } = this.#parts;
    const frame = this.#frame;
    frame.fd = operation.fd;
    frame.address = bufferId === NO_BUFFER ? operation.address : buffers.addressOf(bufferId);
    frame.length = bufferId === NO_BUFFER ? operation.length : buffers.bufferSize;
    frame.offset = operation.offset;
    frame.flags = operation.flags;
    counters.systemCalls++;
    return kind.simulate(machine, frame);
  }

  /** A receive buffer; without one the operation waits. */
  #pick(operation: Operation): number {
    const { world, buffers, counters } = this.#parts;
    const isMissing = world.choices.chance(world.faults.missingBuffers);
    const bufferId = isMissing ? NO_BUFFER : buffers.pick(operation);
    if (bufferId !== NO_BUFFER) return bufferId;
    counters.starvedReceives++;
    this.#note("no buffer", operation);
    operation.driverState = STARVED;
    this.#starved.push(operation);
    return NO_BUFFER;
  }

  #resumeStarved(): void {
    for (let left = this.#parts.buffers.free; left > 0; left--) {
      const operation = this.#starved.shift();
      if (operation === undefined) return;
      this.#makeDue(operation);
    }
  }

  #park(operation: Operation): void {
    operation.driverState = PARKED;
    const parked = this.#parked.get(operation.fd);
    if (parked === undefined) this.#parked.set(operation.fd, [operation]);
    else parked.push(operation);
  }

  #unpark(operation: Operation): void {
    const parked = this.#parked.get(operation.fd) ?? [];
    remove(parked, operation);
    if (parked.length === 0) this.#parked.delete(operation.fd);
  }

  #makeDue(operation: Operation): void {
    operation.driverState = DUE;
    this.#due.push(operation);
  }

  /** The call has been made: its completion follows, now or later. */
  #finish(operation: Operation, result: number, bufferId: number): void {
    const { world } = this.#parts;
    operation.driverState = DONE;
    const completion = { operation, generation: operation.generation, result, bufferId };
    const [min, max] = world.faults.diskLatencyMs;
    const isFile = kindOf(operation).encodeCall !== null && result !== -ECANCELED;
    const diskMs = isFile && max > 0 ? world.choices.between(min, max) : 0;
    if (diskMs > 0) world.after(diskMs, () => this.#completions.push(completion));
    else if (world.choices.chance(world.faults.delayedCompletions)) {
      this.#later(() => this.#completions.push(completion));
    } else this.#completions.push(completion);
  }

  #later(happen: () => void): void {
    const { world } = this.#parts;
    world.after(world.choices.between(0, DELAY_MS_MAX), happen);
  }

  #deliverAll(): number {
    const { choices, faults } = this.#parts.world;
    let count = this.#completions.length;
    if (count > 1 && choices.chance(faults.overflowingCompletionQueues)) {
      const left = choices.choose(count);
      if (left > 0) {
        this.#parts.world.note(this.#parts.hostName, "completion queue overflow", "", left);
      }
      count -= left;
    }
    for (let delivered = 0; delivered < count; delivered++) {
      const length = this.#completions.length;
      const isReordered = length > 1 && choices.chance(faults.reorderedCompletions);
      const index = isReordered ? choices.choose(length) : 0;
      const completion = this.#completions.splice(index, 1)[0];
      if (completion !== undefined) this.#deliver(completion);
    }
    return count;
  }

  #deliver({ operation, result, bufferId }: Completion): void {
    const { world, ledger } = this.#parts;
    const kind = kindOf(operation);
    this.#note("complete", operation, result);
    // A receive of 0 bytes is the end of the stream; a descriptor may well be 0.
    const goesOn = kind.multishot && (result > 0 || (result === 0 && !kind.selectsBuffer));
    if (!goesOn) {
      ledger.deliver(operation, result, false, bufferId);
      return;
    }
    operation.driverState = PAUSED;
    ledger.deliver(operation, result, true, bufferId);
    // Looked at only now: the listener may have cancelled. A kernel then says so at the end.
    if (operation.state === CANCELLING) {
      this.#finish(operation, -ECANCELED, NO_BUFFER);
    } else if (world.choices.chance(world.faults.endedMultishots)) {
      this.#note("ended without more", operation);
      this.submit(operation);
    } else this.#makeDue(operation);
  }

  #note(event: string, operation: Operation, value: number = Number.NaN): void {
    const { hostName, machine, world } = this.#parts;
    world.noteOperation(hostName, event, operation, machine.nameOf(operation.fd), value);
  }
}

function kindOf(operation: Operation): OperationKind {
  if (operation.kind === null) throw misplaced("use", operation);
  return operation.kind;
}

function remove(list: Operation[], operation: Operation): void {
  const index = list.indexOf(operation);
  if (index < 0) throw misplaced("find", operation);
  list.splice(index, 1);
}

function misplaced(action: string, operation: Operation): InvariantError {
  const { slot, generation, driverState } = operation;
  const name = operation.kind?.name ?? "nothing";
  return new InvariantError(
    `Cannot ${action} operation ${slot} (${name}, generation ${generation}): ` +
      `its place in the simulation is ${driverState}`,
  );
}
