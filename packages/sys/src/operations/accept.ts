import {
  ECONNABORTED,
  EHOSTDOWN,
  EHOSTUNREACH,
  EINTR,
  ENETDOWN,
  ENETUNREACH,
  ENONET,
  ENOPROTOOPT,
  EPROTO,
} from "../errno.ts";
import { libc, orErrno } from "../libc.ts";
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from "../sockets.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_ACCEPT_MULTISHOT, IORING_OP_ACCEPT } from "../uring/opcodes.ts";
import type { Machine } from "./machine.ts";
import {
  defineOperation,
  READINESS_READABLE,
  WOULD_BLOCK,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";
import { AGAIN } from "./results.ts";

const ACCEPT_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC;
const ONESHOT_HEADER: number = entryHeader(IORING_OP_ACCEPT, 0, 0);
const MULTISHOT_HEADER: number = entryHeader(IORING_OP_ACCEPT, 0, IORING_ACCEPT_MULTISHOT);

/**
 * Whether a failed accept(2) says something about one connection that died in the queue rather than
 * about the listener: the listener should accept again. Linux hands a new socket's pending network
 * errors to accept, which the manual page asks to treat like EAGAIN.
 */
export function isTransientAcceptResult(result: number): boolean {
  switch (-result) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
      return true;
    default:
      return false;
  }
}

function attempt(frame: OperationFrame): number {
  for (;;) {
    const result = orErrno(libc().accept4(frame.fd, 0, 0, ACCEPT_FLAGS));
    if (result >= 0) return result;
    if (result === AGAIN) return WOULD_BLOCK;
    // Each of these consumed an entry of the queue, so that this ends when the queue is empty.
    if (!isTransientAcceptResult(result)) return result;
  }
}

function simulate(machine: Machine, { fd }: OperationFrame): number {
  return machine.accept(fd);
}

/** Accepts one connection. */
export const acceptOnce: OperationKind = defineOperation({
  name: "accept",
  opcode: IORING_OP_ACCEPT,
  readiness: READINESS_READABLE,
  attempt,
  encode(entries, base, frame) {
    writeEntry(entries, base, ONESHOT_HEADER, frame.fd, 0, 0, 0, ACCEPT_FLAGS, 0);
  },
  simulate,
});

/**
 * Accepts connections until it fails or is cancelled: accept4(2), or `IORING_OP_ACCEPT` with
 * `IORING_ACCEPT_MULTISHOT`. Uses `fd` only. Each result is a descriptor, non-blocking and closed
 * on exec. Connections that died in the queue are passed over by the attempt; the ring's form
 * completes with their error ({@link isTransientAcceptResult}) and wants to be submitted again.
 * EMFILE, ENFILE, ENOBUFS and ENOMEM are final: the listener decides how long to back off.
 */
export const accept: OperationKind = defineOperation({
  name: "accept",
  opcode: IORING_OP_ACCEPT,
  readiness: READINESS_READABLE,
  attempt,
  encode(entries, base, frame) {
    writeEntry(entries, base, MULTISHOT_HEADER, frame.fd, 0, 0, 0, ACCEPT_FLAGS, 0);
  },
  oneshot: acceptOnce,
  simulate,
});
