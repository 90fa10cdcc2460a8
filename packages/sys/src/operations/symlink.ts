import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_SYMLINKAT } from "../uring/opcodes.ts";
import { attemptNever } from "./file-attempt.ts";
import { defineOperation, READINESS_NONE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_SYMLINKAT, 0, 0);

/**
 * Makes a symbolic link: symlinkat(2), `IORING_OP_SYMLINKAT`. `address` is the text it holds, `fd`
 * and `offset` are the directory and the path of the link. The result is 0.
 */
export const symlinkAt: OperationKind = defineOperation({
  name: "symlink",
  opcode: IORING_OP_SYMLINKAT,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode(entries, base, frame) {
    const { fd, address, offset } = frame;
    writeEntry(entries, base, HEADER, fd, offset, address, 0, 0, 0);
  },
  encodeCall(frame, call) {
    const { fd, address, offset } = frame;
    writeCall(call, SYS.symlinkat, address, fd, offset, 0, 0);
  },
  simulate(machine, { fd, address, offset }) {
    return machine.symlink(address, fd, offset);
  },
});
