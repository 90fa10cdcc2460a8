import { libc, orErrno } from "../libc.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_RECV, IORING_RECV_MULTISHOT, IOSQE_BUFFER_SELECT } from "../uring/opcodes.ts";
import type { Machine } from "./machine.ts";
import {
  defineOperation,
  READINESS_READABLE,
  WOULD_BLOCK,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";
import { AGAIN, INTERRUPTED } from "./results.ts";

const DIRECT_HEADER: number = entryHeader(IORING_OP_RECV, 0, 0);
const SELECT_HEADER: number = entryHeader(IORING_OP_RECV, IOSQE_BUFFER_SELECT, 0);
const MULTISHOT_HEADER: number = entryHeader(
  IORING_OP_RECV,
  IOSQE_BUFFER_SELECT,
  IORING_RECV_MULTISHOT,
);

function attempt(frame: OperationFrame): number {
  for (;;) {
    const result = orErrno(libc().recv(frame.fd, frame.address, frame.length, frame.flags));
    if (result >= 0) return result;
    if (result === AGAIN) return WOULD_BLOCK;
    if (result !== INTERRUPTED) return result;
  }
}

function simulate(machine: Machine, { fd, address, length, flags }: OperationFrame): number {
  return machine.recv(fd, address, length, flags);
}

/**
 * Receives once into memory of the caller's: recv(2), `IORING_OP_RECV`. `address` and `length` (1
 * or more) are that memory, `flags` are `MSG_*`. 0 means that the peer closed its side.
 */
export const recvInto: OperationKind = defineOperation({
  name: "recv",
  opcode: IORING_OP_RECV,
  readiness: READINESS_READABLE,
  attempt,
  encode(entries, base, frame) {
    const { fd, address, length, flags } = frame;
    writeEntry(entries, base, DIRECT_HEADER, fd, 0, address, length, flags, 0);
  },
  simulate,
});

/**
 * Receives once into a buffer of the driver's pool. The ring's form takes any buffer of the group
 * `offset` when data has come, and fills at most `length` bytes of it; the reactor sets `address`
 * and `length` to a pool buffer before each attempt.
 */
export const recvOnce: OperationKind = defineOperation({
  name: "recv",
  opcode: IORING_OP_RECV,
  readiness: READINESS_READABLE,
  selectsBuffer: true,
  attempt,
  encode(entries, base, frame) {
    const { fd, length, flags, offset } = frame;
    writeEntry(entries, base, SELECT_HEADER, fd, 0, 0, length, flags, offset);
  },
  simulate,
});

/**
 * Receives into the driver's pool until the peer closes, it fails or is cancelled: the multishot
 * form of {@link recvOnce}, since Linux 6.0. The group's buffers are always filled from their
 * beginning and up to their own length: the kernel refuses a length here. Ends with ENOBUFS when
 * the group has no buffer left.
 */
export const recv: OperationKind = defineOperation({
  name: "recv",
  opcode: IORING_OP_RECV,
  readiness: READINESS_READABLE,
  selectsBuffer: true,
  attempt,
  encode(entries, base, frame) {
    writeEntry(entries, base, MULTISHOT_HEADER, frame.fd, 0, 0, 0, frame.flags, frame.offset);
  },
  oneshot: recvOnce,
  simulate,
});
