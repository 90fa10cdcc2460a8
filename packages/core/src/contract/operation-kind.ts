import type { Machine } from "./machine.ts";

/**
 * What an operation needs to make its system call. Only plain numbers, so that the same fields can
 * be handed to a system call (reactor) or written into a submission queue entry (proactor).
 */
export interface OperationFrame {
  /** The descriptor the operation works on; -1 when it needs none. */
  fd: number;
  /** Address of memory that stays mapped and rooted until the final completion. */
  address: number;
  /** Length in bytes of that memory. */
  length: number;
  /** File position, buffer group, or whatever second number the kind documents. */
  offset: number;
  /** Flags of the system call. */
  flags: number;
}

/** Returned by `attempt` when the descriptor is not ready: wait for readiness and try again. */
export const WOULD_BLOCK: number = -0x7fffffff;

/** Which readiness a kind waits for: 0 never waits, 1 readable, 2 writable. */
export type Readiness = 0 | 1 | 2;

/**
 * One kind of operation (recv, send, accept …) in all of its forms, side by side, so that no
 * operation can exist for one driver alone. The kinds live in `@bascule/sys`, one file each; this
 * is the shape that drivers rely on.
 */
export interface OperationKind {
  /** Name of the system call, as Node's `syscall` in errors: `recv`, `accept`, `connect`. */
  readonly name: string;
  /**
   * `IORING_OP_*`, for the proactor's probe; -1 when the ring has none. Then the proactor waits for
   * the readiness and attempts, or uses `encodeCall` as the reactor does.
   */
  readonly opcode: number;
  readonly readiness: Readiness;
  /** Completes any number of times with MORE, then exactly once without. */
  readonly multishot: boolean;
  /** Takes the memory of each completion from the driver's receive pool. */
  readonly selectsBuffer: boolean;
  /** The reactor's form: `>= 0`, `-errno`, or {@link WOULD_BLOCK}. Never blocks. */
  attempt(frame: OperationFrame): number;
  /**
   * The proactor's form: writes a 64-byte entry at word `base`, all but `user_data` (words 8, 9).
   */
  encode(entries: Int32Array, base: number, frame: OperationFrame): void;
  /**
   * The simulation's form: the call of {@link Machine} that it is, with the frame's fields where
   * they belong. Results as `attempt`'s. A property, so that the compiler compares the machine of
   * the kinds' package with ours as strictly as it can.
   */
  readonly simulate: (machine: Machine, frame: OperationFrame) => number;
  /**
   * The same thing done once, for a kernel without the multishot form; `null` for one-shot kinds.
   */
  readonly oneshot: OperationKind | null;
  /**
   * For operations on files, which no readiness announces: writes the number of the system call and
   * its six arguments, for a thread that may wait in it. `null` for kinds that never need one.
   *
   * Such a kind has readiness 0, and its `attempt` says {@link WOULD_BLOCK} whenever the call might
   * wait for a disk. A driver that has no other way then gives the call to its blocking pool.
   */
  readonly encodeCall: ((frame: OperationFrame, call: Float64Array) => void) | null;
  /**
   * The ring would hand this operation to a worker thread every time, so that trying `attempt`
   * first is cheaper.
   */
  readonly attemptsFirst: boolean;
  /**
   * Up to this many bytes `attempt` is faster than a turn of the ring for the operation alone; 0
   * when it never is.
   */
  readonly attemptBytesMax: number;
}
