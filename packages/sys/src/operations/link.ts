import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_LINKAT } from "../uring/opcodes.ts";
import { attemptNever } from "./file-attempt.ts";
import { defineOperation, READINESS_NONE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_LINKAT, 0, 0);

/**
 * Gives a file another name: linkat(2), `IORING_OP_LINKAT`. `fd` and `address` are the directory
 * and the path it has, `length` and `offset` the directory and the path it gets, as in `renameAt`.
 * `flags` are `AT_SYMLINK_FOLLOW` or `AT_EMPTY_PATH`. The result is 0.
 */
export const linkAt: OperationKind = defineOperation({
  name: "link",
  opcode: IORING_OP_LINKAT,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode(entries, base, frame) {
    const { fd, address, length, offset, flags } = frame;
    writeEntry(entries, base, HEADER, fd, offset, address, length, flags, 0);
  },
  encodeCall(frame, call) {
    const { fd, address, length, offset, flags } = frame;
    writeCall(call, SYS.linkat, fd, address, length, offset, flags);
  },
  simulate(machine, { fd, address, length, offset, flags }) {
    return machine.link(fd, address, length, offset, flags);
  },
});
