import { FSYNC_DATASYNC } from "../file-flags.ts";
import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_FSYNC } from "../uring/opcodes.ts";
import { attemptNever } from "./file-attempt.ts";
import { defineOperation, READINESS_NONE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_FSYNC, 0, 0);

/**
 * Waits until a file is on the disk: fsync(2), or fdatasync(2) when `flags` are `FSYNC_DATASYNC`;
 * `IORING_OP_FSYNC`. The result is 0.
 */
export const fsync: OperationKind = defineOperation({
  name: "fsync",
  opcode: IORING_OP_FSYNC,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode(entries, base, frame) {
    writeEntry(entries, base, HEADER, frame.fd, 0, 0, 0, frame.flags, 0);
  },
  encodeCall(frame, call) {
    const number = (frame.flags & FSYNC_DATASYNC) === 0 ? SYS.fsync : SYS.fdatasync;
    writeCall(call, number, frame.fd, 0, 0, 0, 0);
  },
  simulate(machine, { fd, flags }) {
    return machine.fsync(fd, flags);
  },
});
