import { shutdownSocket } from "../sockets.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_SHUTDOWN } from "../uring/opcodes.ts";
import { defineOperation, READINESS_NONE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_SHUTDOWN, 0, 0);

/** Ends one or both directions of a socket: shutdown(2). `flags` are `SHUT_*`; the result is 0. */
export const shutdown: OperationKind = defineOperation({
  name: "shutdown",
  opcode: IORING_OP_SHUTDOWN,
  readiness: READINESS_NONE,
  attempt(frame) {
    return shutdownSocket(frame.fd, frame.flags);
  },
  encode(entries, base, frame) {
    writeEntry(entries, base, HEADER, frame.fd, 0, 0, frame.flags, 0, 0);
  },
  simulate(machine, { fd, flags }) {
    return machine.shutdown(fd, flags);
  },
});
