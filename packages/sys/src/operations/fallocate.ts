import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_FALLOCATE } from "../uring/opcodes.ts";
import { attemptNever } from "./file-attempt.ts";
import { defineOperation, READINESS_NONE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_FALLOCATE, 0, 0);

/**
 * Reserves, zeroes or frees a range of a file: fallocate(2), `IORING_OP_FALLOCATE`. `offset` and
 * `length` are the range in bytes, `flags` are `FALLOC_FL_*`. The result is 0.
 */
export const fallocate: OperationKind = defineOperation({
  name: "fallocate",
  opcode: IORING_OP_FALLOCATE,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode(entries, base, frame) {
    const { fd, offset, length, flags } = frame;
    // The length travels in the address field, the mode in the length field.
    writeEntry(entries, base, HEADER, fd, offset, length, flags, 0, 0);
  },
  encodeCall(frame, call) {
    const { fd, offset, length, flags } = frame;
    writeCall(call, SYS.fallocate, fd, flags, offset, length, 0);
  },
  simulate(machine, { fd, offset, length, flags }) {
    return machine.fallocate(fd, flags, offset, length);
  },
});
