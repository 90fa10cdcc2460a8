import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_UNLINKAT } from "../uring/opcodes.ts";
import { attemptNever } from "./file-attempt.ts";
import { defineOperation, READINESS_NONE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_UNLINKAT, 0, 0);

/**
 * Removes a name, or with `flags` `AT_REMOVEDIR` an empty directory: unlinkat(2),
 * `IORING_OP_UNLINKAT`. `fd` is the directory or `AT_FDCWD`, `address` the path. The result is 0.
 */
export const unlinkAt: OperationKind = defineOperation({
  name: "unlink",
  opcode: IORING_OP_UNLINKAT,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode(entries, base, frame) {
    const { fd, address, flags } = frame;
    writeEntry(entries, base, HEADER, fd, 0, address, 0, flags, 0);
  },
  encodeCall(frame, call) {
    const { fd, address, flags } = frame;
    writeCall(call, SYS.unlinkat, fd, address, flags, 0, 0);
  },
  simulate(machine, { fd, address, flags }) {
    return machine.unlink(fd, address, flags);
  },
});
