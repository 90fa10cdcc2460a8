import { scratch } from "../scratch.ts";
import { writeTimespec } from "../timespec.ts";
import {
  IORING_REGISTER_EVENTFD,
  IORING_REGISTER_IOWQ_MAX_WORKERS,
  IORING_REGISTER_PROBE,
  IORING_REGISTER_SYNC_CANCEL,
  IORING_UNREGISTER_EVENTFD,
} from "./constants.ts";
import type { UringMemory } from "./uring-memory.ts";

const PROBE_OPCODES = 256;
const PROBE_HEADER_BYTES = 16;
const PROBE_ENTRY_BYTES = 8;
const PROBE_SUPPORTED = 1;

/**
 * Which opcodes the kernel knows: element `opcode` is 1 or 0. It says nothing about an opcode's
 * flags (multishot); those are only found out by trying.
 * @returns `-errno` when the kernel has no probe (before Linux 5.6)
 */
export function probeOpcodes(ring: UringMemory): Uint8Array | number {
  const { address, bytes, view } = scratch();
  bytes.fill(0, 0, PROBE_HEADER_BYTES + PROBE_OPCODES * PROBE_ENTRY_BYTES);
  const result = ring.register(IORING_REGISTER_PROBE, address, PROBE_OPCODES);
  if (result < 0) return result;
  const supported = new Uint8Array(PROBE_OPCODES);
  const count = bytes[1]!;
  for (let opcode = 0; opcode < count; opcode++) {
    const entry = PROBE_HEADER_BYTES + opcode * PROBE_ENTRY_BYTES;
    supported[opcode] = view.getUint16(entry + 2, true) & PROBE_SUPPORTED;
  }
  return supported;
}

/** Has an eventfd signalled for completions, unless `IORING_CQ_EVENTFD_DISABLED` is set. */
export function registerEventfd(ring: UringMemory, fd: number): number {
  const { address, words } = scratch();
  words[0] = fd;
  return ring.register(IORING_REGISTER_EVENTFD, address, 1);
}

export function unregisterEventfd(ring: UringMemory): number {
  return ring.register(IORING_UNREGISTER_EVENTFD, 0, 0);
}

/** What the synchronous cancel looks for. */
export interface SyncCancelTarget {
  /** `user_data` of the request, as two words; not looked at with a flag that names another key. */
  readonly userDataLow?: number;
  readonly userDataHigh?: number;
  /** With `IORING_ASYNC_CANCEL_FD`: the descriptor. */
  readonly fd?: number;
  /** `IORING_ASYNC_CANCEL_*`. */
  readonly flags?: number;
}

/**
 * Cancels requests and waits until they have let go, at most `timeoutMs`: io_uring_register(2) with
 * `IORING_REGISTER_SYNC_CANCEL`, Linux 6.0. Their completions still arrive.
 * @returns 0 or how many were found, `-ENOENT` for none, `-ETIME` when they did not end in time
 */
export function cancelSynchronously(
  ring: UringMemory,
  target: SyncCancelTarget,
  timeoutMs: number = Infinity,
): number {
  const { address, words } = scratch();
  words.fill(0, 0, 16);
  words[0] = target.userDataLow ?? 0;
  words[1] = target.userDataHigh ?? 0;
  words[2] = target.fd ?? -1;
  words[3] = target.flags ?? 0;
  // A time of -1 s and -1 ns is "no limit".
  if (timeoutMs === Infinity) words.fill(-1, 4, 8);
  else writeTimespec(words, 4, timeoutMs);
  return ring.register(IORING_REGISTER_SYNC_CANCEL, address, 1);
}

/** Caps the kernel's worker threads of this ring; 0 leaves a cap as it is. Linux 5.15. */
export function limitWorkers(ring: UringMemory, bounded: number, unbounded: number): number {
  const { address, words } = scratch();
  words[0] = bounded;
  words[1] = unbounded;
  return ring.register(IORING_REGISTER_IOWQ_MAX_WORKERS, address, 2);
}
