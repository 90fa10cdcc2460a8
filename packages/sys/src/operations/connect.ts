import { EALREADY, EINPROGRESS, EISCONN } from "../errno.ts";
import { libc, orErrno } from "../libc.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_CONNECT } from "../uring/opcodes.ts";
import {
  defineOperation,
  READINESS_WRITABLE,
  WOULD_BLOCK,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";
import { INTERRUPTED } from "./results.ts";

const HEADER: number = entryHeader(IORING_OP_CONNECT, 0, 0);

/**
 * Calling connect(2) again after it said EINPROGRESS reports how the connection came out: 0 once,
 * or the socket's error; so the second attempt needs no look at `SO_ERROR`. EAGAIN is final: it
 * means a full backlog for a Unix socket, which does not become writable when that changes, and
 * missing routing resources for TCP.
 */
function attempt(frame: OperationFrame): number {
  for (;;) {
    const result = orErrno(libc().connect(frame.fd, frame.address, frame.length));
    if (result === 0 || result === -EISCONN) return 0;
    if (result === -EINPROGRESS || result === -EALREADY) return WOULD_BLOCK;
    if (result !== INTERRUPTED) return result;
  }
}

/**
 * Connects a socket: connect(2), `IORING_OP_CONNECT`. `address` and `length` are the encoded socket
 * address. The result is 0.
 */
export const connect: OperationKind = defineOperation({
  name: "connect",
  opcode: IORING_OP_CONNECT,
  readiness: READINESS_WRITABLE,
  attempt,
  encode(entries, base, frame) {
    // The length travels in the entry's offset field.
    writeEntry(entries, base, HEADER, frame.fd, frame.length, frame.address, 0, 0, 0);
  },
  simulate(machine, { fd, address, length }) {
    return machine.connect(fd, address, length);
  },
});
