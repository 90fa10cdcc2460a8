import { EBADF } from "../errno.ts";
import { libc, orErrno } from "../libc.ts";
import { scratch } from "../scratch.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_POLL_ADD, IORING_POLL_ADD_MULTI } from "../uring/opcodes.ts";
import type { Machine } from "./machine.ts";
import {
  defineOperation,
  READINESS_READABLE,
  WOULD_BLOCK,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";
import { INTERRUPTED } from "./results.ts";

export const POLLIN = 0x1;
export const POLLOUT = 0x4;
export const POLLERR = 0x8;
export const POLLHUP = 0x10;
export const POLLRDHUP = 0x2000;

const POLLNVAL = 0x20;
const HEADER: number = entryHeader(IORING_OP_POLL_ADD, 0, 0);

function attempt(frame: OperationFrame): number {
  const { address, words } = scratch();
  for (;;) {
    words[0] = frame.fd;
    words[1] = frame.flags;
    const result = orErrno(libc().poll(address, 1, 0));
    // The kernel's answer, `revents`, is the upper half of the second word.
    const ready = words[1] >>> 16;
    if (result > 0) return (ready & POLLNVAL) === 0 ? ready : -EBADF;
    if (result === 0) return WOULD_BLOCK;
    if (result !== INTERRUPTED) return result;
  }
}

function simulate(machine: Machine, { fd, flags }: OperationFrame): number {
  return machine.poll(fd, flags);
}

/** Waits once until a descriptor is ready. */
export const pollOnce: OperationKind = defineOperation({
  name: "poll",
  opcode: IORING_OP_POLL_ADD,
  readiness: READINESS_READABLE,
  attempt,
  encode(entries, base, frame) {
    writeEntry(entries, base, HEADER, frame.fd, 0, 0, 0, frame.flags, 0);
  },
  simulate,
});

/**
 * Reports every time that a descriptor becomes ready, for a driver's own eventfd: poll(2),
 * `IORING_OP_POLL_ADD` with `IORING_POLL_ADD_MULTI`. `flags` are the events to watch, of which the
 * reactor's form waits for readable ones only; the result is the mask of those that came.
 */
export const poll: OperationKind = defineOperation({
  name: "poll",
  opcode: IORING_OP_POLL_ADD,
  readiness: READINESS_READABLE,
  attempt,
  encode(entries, base, frame) {
    writeEntry(entries, base, HEADER, frame.fd, 0, 0, IORING_POLL_ADD_MULTI, frame.flags, 0);
  },
  oneshot: pollOnce,
  simulate,
});
