import type { Machine } from "./machine.ts";

/** What an operation needs to make its system call: plain numbers only, for either form. */
export interface OperationFrame {
  /** The descriptor the operation works on; -1 when it needs none. */
  fd: number;
  /** Address of memory that stays mapped until the final completion. */
  address: number;
  /** Length in bytes of that memory. */
  length: number;
  /** A second number that the kind documents: a buffer group, a position. */
  offset: number;
  /** Flags of the system call, as the kind documents. */
  flags: number;
}

/**
 * Returned by `attempt` when the descriptor is not ready: wait for readiness, then attempt again.
 * It is no `-errno`, and small enough to stay an integer in the engine.
 */
export const WOULD_BLOCK: number = -0x7fffffff;

/** A kind never waits: it completes at once. */
export const READINESS_NONE = 0;
/** A kind waits until its descriptor is readable. */
export const READINESS_READABLE = 1;
/** A kind waits until its descriptor is writable. */
export const READINESS_WRITABLE = 2;

export type Readiness = 0 | 1 | 2;

/** The ring has no operation for this kind. */
export const NO_OPCODE = -1;

/** The reactor's form: makes the system call without blocking. `>= 0`, `-errno` or WOULD_BLOCK. */
export type Attempt = (frame: OperationFrame) => number;

/** The proactor's form: writes the entry at word `base`, all but `user_data` (words 8 and 9). */
export type Encode = (entries: Int32Array, base: number, frame: OperationFrame) => void;

/**
 * The form for a thread that may wait: writes the number of the system call and its six arguments,
 * all of them numbers, so that any thread of the process can make the call.
 */
export type EncodeCall = (frame: OperationFrame, call: Float64Array) => void;

/** The simulation's form: the call that it is, put to a machine. Results as `attempt`'s. */
export type Simulate = (machine: Machine, frame: OperationFrame) => number;

/** One kind of operation in all of its forms. */
export interface OperationKind {
  /** Name of the system call, as Node's `syscall` in errors. */
  readonly name: string;
  /** `IORING_OP_*`, for the probe; {@link NO_OPCODE} when the ring has none. */
  readonly opcode: number;
  readonly readiness: Readiness;
  /** Completes any number of times with MORE, then once without. */
  readonly multishot: boolean;
  /** Takes the memory of each completion from the driver's receive pool. */
  readonly selectsBuffer: boolean;
  readonly attempt: Attempt;
  readonly encode: Encode;
  readonly simulate: Simulate;
  /**
   * The same thing done once, for a kernel without the multishot form; `null` for one-shot kinds.
   */
  readonly oneshot: OperationKind | null;
  /** `null` for kinds that no thread needs to wait for: all but operations on files. */
  readonly encodeCall: EncodeCall | null;
  /** The ring always hands it to a worker thread, so that `attempt` comes first there, too. */
  readonly attemptsFirst: boolean;
  /** Up to this many bytes an attempt alone is faster than the ring; 0 when it never is. */
  readonly attemptBytesMax: number;
}

/** What sets a kind apart; everything left out is the plain case. */
export interface OperationKindSpec {
  readonly name: string;
  readonly opcode: number;
  readonly readiness: Readiness;
  readonly selectsBuffer?: boolean;
  readonly attempt: Attempt;
  readonly encode: Encode;
  readonly simulate: Simulate;
  /** Present for multishot kinds only. */
  readonly oneshot?: OperationKind;
  /** Present for operations on files only. */
  readonly encodeCall?: EncodeCall;
  readonly attemptsFirst?: boolean;
  readonly attemptBytesMax?: number;
}

class Kind implements OperationKind {
  readonly name: string;
  readonly opcode: number;
  readonly readiness: Readiness;
  readonly multishot: boolean;
  readonly selectsBuffer: boolean;
  readonly attempt: Attempt;
  readonly encode: Encode;
  readonly simulate: Simulate;
  readonly oneshot: OperationKind | null;
  readonly encodeCall: EncodeCall | null;
  readonly attemptsFirst: boolean;
  readonly attemptBytesMax: number;

  constructor(spec: OperationKindSpec) {
    this.name = spec.name;
    this.opcode = spec.opcode;
    this.readiness = spec.readiness;
    this.multishot = spec.oneshot !== undefined;
    this.selectsBuffer = spec.selectsBuffer ?? false;
    this.attempt = spec.attempt;
    this.encode = spec.encode;
    this.simulate = spec.simulate;
    this.oneshot = spec.oneshot ?? null;
    this.encodeCall = spec.encodeCall ?? null;
    this.attemptsFirst = spec.attemptsFirst ?? false;
    this.attemptBytesMax = spec.attemptBytesMax ?? 0;
    Object.freeze(this);
  }
}

/** Makes a kind. All kinds have one shape, so that a driver's use of them stays monomorphic. */
export function defineOperation(spec: OperationKindSpec): OperationKind {
  return new Kind(spec);
}
