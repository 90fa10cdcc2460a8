import { libc } from "../libc.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_RECVMSG } from "../uring/opcodes.ts";
import { attemptMessage } from "./message-attempt.ts";
import { defineOperation, READINESS_READABLE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_RECVMSG, 0, 0);

/**
 * Receives one datagram, and who sent it: recvmsg(2), `IORING_OP_RECVMSG`. `offset` is the address
 * of a header that `encodeMessageRoom` has written, which `messageSender` reads afterwards;
 * `address` is the memory that the header names, for diagnosis; `flags` are `MSG_*`. The result is
 * the datagram's length, and 0 is a datagram like any other. `length` stays 0: of a stream, less
 * than that would say that there is no more; a short datagram says nothing about the next one.
 *
 * There is no multishot form: the buffers that the ring chooses from are smaller than a datagram
 * may be, and would cut it.
 */
export const receiveMessage: OperationKind = defineOperation({
  name: "recvmsg",
  opcode: IORING_OP_RECVMSG,
  readiness: READINESS_READABLE,
  attempt(frame) {
    return attemptMessage(libc().recvmsg, frame, frame.flags);
  },
  encode(entries, base, frame) {
    writeEntry(entries, base, HEADER, frame.fd, 0, frame.offset, 1, frame.flags, 0);
  },
  simulate(machine, { fd, offset, flags }) {
    return machine.receiveMessage(fd, offset, flags);
  },
});
