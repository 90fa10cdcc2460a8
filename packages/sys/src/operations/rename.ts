import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_RENAMEAT } from "../uring/opcodes.ts";
import { attemptNever } from "./file-attempt.ts";
import { defineOperation, READINESS_NONE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_RENAMEAT, 0, 0);

/**
 * Renames a file: renameat2(2), `IORING_OP_RENAMEAT`. `fd` and `address` are the directory and the
 * path it has, `length` and `offset` the directory and the path it gets; a directory may be
 * `AT_FDCWD`. `flags` are `RENAME_*`. The result is 0.
 */
export const renameAt: OperationKind = defineOperation({
  name: "rename",
  opcode: IORING_OP_RENAMEAT,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode(entries, base, frame) {
    const { fd, address, length, offset, flags } = frame;
    writeEntry(entries, base, HEADER, fd, offset, address, length, flags, 0);
  },
  encodeCall(frame, call) {
    const { fd, address, length, offset, flags } = frame;
    writeCall(call, SYS.renameat2, fd, address, length, offset, flags);
  },
  simulate(machine, { fd, address, length, offset, flags }) {
    return machine.rename(fd, address, length, offset, flags);
  },
});
