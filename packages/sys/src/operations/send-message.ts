import { libc } from "../libc.ts";
import { MSG_NOSIGNAL } from "../sockets.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_SENDMSG } from "../uring/opcodes.ts";
import { attemptMessage } from "./message-attempt.ts";
import { defineOperation, READINESS_WRITABLE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_SENDMSG, 0, 0);

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
  attempt(frame) {
    return attemptMessage(libc().sendmsg, frame, frame.flags | MSG_NOSIGNAL);
  },
  encode(entries, base, frame) {
    const flags = frame.flags | MSG_NOSIGNAL;
    writeEntry(entries, base, HEADER, frame.fd, 0, frame.offset, 1, flags, 0);
  },
  simulate(machine, { fd, offset, flags }) {
    return machine.sendMessage(fd, offset, flags);
  },
});
