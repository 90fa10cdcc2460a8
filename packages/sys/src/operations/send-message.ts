import { libc, orErrno } from "../libc.ts";
import { MSG_NOSIGNAL } from "../sockets.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_SENDMSG } from "../uring/opcodes.ts";
import {
  defineOperation,
  READINESS_WRITABLE,
  WOULD_BLOCK,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";
import { AGAIN, INTERRUPTED } from "./results.ts";

const HEADER: number = entryHeader(IORING_OP_SENDMSG, 0, 0);

function attempt(frame: OperationFrame): number {
  const flags = frame.flags | MSG_NOSIGNAL;
  for (;;) {
    const result = orErrno(libc().sendmsg(frame.fd, frame.offset, flags));
    if (result >= 0) return result;
    if (result === AGAIN) return WOULD_BLOCK;
    if (result !== INTERRUPTED) return result;
  }
}

/**
 * Sends one datagram, to an address or to where the socket is connected to: sendmsg(2),
 * `IORING_OP_SENDMSG`. `offset` is the address of a header that `encodeMessage` has written;
 * `address` is the memory that the header names, for diagnosis; `flags` are `MSG_*`; MSG_NOSIGNAL
 * is always set. A datagram goes out whole or not at all. `length` stays 0.
 */
export const sendMessage: OperationKind = defineOperation({
  name: "send",
  opcode: IORING_OP_SENDMSG,
  readiness: READINESS_WRITABLE,
  attempt,
  encode(entries, base, frame) {
    const flags = frame.flags | MSG_NOSIGNAL;
    writeEntry(entries, base, HEADER, frame.fd, 0, frame.offset, 1, flags, 0);
  },
  simulate(machine, { fd, offset, flags }) {
    return machine.sendMessage(fd, offset, flags);
  },
});
