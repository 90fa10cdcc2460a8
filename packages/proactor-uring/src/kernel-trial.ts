import { InvariantError } from "@bascule/core";
import {
  accept,
  EINVAL,
  IORING_FEAT_FAST_POLL,
  IORING_FEAT_NODROP,
  IORING_OP_ACCEPT,
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_CONNECT,
  IORING_OP_NOP,
  IORING_OP_POLL_ADD,
  IORING_OP_RECV,
  IORING_OP_RECVMSG,
  IORING_OP_SEND,
  IORING_OP_SENDMSG,
  nop,
  type OperationKind,
  probeOpcodes,
  recv,
} from "@bascule/sys";
import type { CompletionSink } from "./completion-queue.ts";
import { type Feature, FILE_OPCODES } from "./features.ts";
import type { Ring } from "./ring.ts";

const REQUIRED: readonly (readonly [string, number])[] = [
  ["poll", IORING_OP_POLL_ADD],
  ["accept", IORING_OP_ACCEPT],
  ["connect", IORING_OP_CONNECT],
  ["send", IORING_OP_SEND],
  ["recv", IORING_OP_RECV],
  ["sendmsg", IORING_OP_SENDMSG],
  ["recvmsg", IORING_OP_RECVMSG],
  ["cancel", IORING_OP_ASYNC_CANCEL],
  ["nop", IORING_OP_NOP],
];

/**
 * Which opcodes the driver uses, by opcode; or the first thing that it cannot do without and that
 * this kernel lacks; or `-errno` where one of io_uring's calls is refused, as a filter may.
 */
export function supportedOpcodes(
  ring: Ring,
  without: ReadonlySet<Feature>,
): Uint8Array | string | number {
  const { features, cqFlagsWord } = ring.memory;
  if ((features & IORING_FEAT_NODROP) === 0) return "completions that survive a full queue";
  if ((features & IORING_FEAT_FAST_POLL) === 0) return "waiting for sockets without a thread";
  if (cqFlagsWord === 0) return "muting the eventfd";
  const entered = ring.memory.enter(0, 0, 0);
  if (entered < 0) return entered;
  const supported = probeOpcodes(ring.memory);
  if (typeof supported === "number") return supported;
  for (const [name, opcode] of REQUIRED) if (supported[opcode] !== 1) return name;
  for (const [name, opcode] of FILE_OPCODES) if (without.has(name)) supported[opcode] = 0;
  return supported;
}

/** Collects the results of the trial by their number. */
class Results implements CompletionSink {
  readonly byNumber: (number | undefined)[] = [];

  onEntry(number: number, _high: number, result: number): number {
    this.byNumber[number] = result;
    return 1;
  }
}

const TRIALS: readonly OperationKind[] = [nop, recv, accept];

/**
 * Sends a NOP through the ring, and finds out which multishots the kernel knows by asking for them
 * on a descriptor that is no socket: a kernel that knows the flag complains of the descriptor, one
 * that does not complains of the flag with EINVAL. Versions are no guide, since distributions
 * backport.
 */
export function tryMultishots(ring: Ring, fd: number): { recv: boolean; accept: boolean } {
  const frame = { fd, address: 0, length: 0, offset: 0, flags: 0 };
  const results = new Results();
  for (const [number, kind] of TRIALS.entries()) {
    const base = ring.submission.claim(number, 0);
    kind.encode(ring.submission.entries, base, frame);
    ring.enter(0);
    ring.completion.drain(results);
  }
  const [nopResult, recvResult, acceptResult] = results.byNumber;
  if (nopResult !== 0 || recvResult === undefined || acceptResult === undefined) {
    throw new InvariantError(`The ring answers a trial with "${results.byNumber.join(", ")}"`);
  }
  return { recv: recvResult !== -EINVAL, accept: acceptResult !== -EINVAL };
}
