import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_FTRUNCATE } from "../uring/opcodes.ts";
import { attemptNever } from "./file-attempt.ts";
import { defineOperation, READINESS_NONE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_FTRUNCATE, 0, 0);

/**
 * Cuts a file off, or extends it by a hole, at `offset` bytes: ftruncate(2), `IORING_OP_FTRUNCATE`
 * (Linux 6.9). The result is 0.
 */
export const truncateAt: OperationKind = defineOperation({
  name: "ftruncate",
  opcode: IORING_OP_FTRUNCATE,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode(entries, base, frame) {
    writeEntry(entries, base, HEADER, frame.fd, frame.offset, 0, 0, 0, 0);
  },
  encodeCall(frame, call) {
    writeCall(call, SYS.ftruncate, frame.fd, frame.offset, 0, 0, 0);
  },
  simulate(machine, { fd, offset }) {
    return machine.truncate(fd, offset);
  },
});
