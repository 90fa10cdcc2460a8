import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_MKDIRAT } from "../uring/opcodes.ts";
import { attemptNever } from "./file-attempt.ts";
import { defineOperation, READINESS_NONE, type OperationKind } from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_MKDIRAT, 0, 0);

/**
 * Makes a directory: mkdirat(2), `IORING_OP_MKDIRAT`. `fd` is the directory that the path at
 * `address` starts from, or `AT_FDCWD`; `length` is the mode. The result is 0.
 */
export const mkdirAt: OperationKind = defineOperation({
  name: "mkdir",
  opcode: IORING_OP_MKDIRAT,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode(entries, base, frame) {
    const { fd, address, length } = frame;
    writeEntry(entries, base, HEADER, fd, 0, address, length, 0, 0);
  },
  encodeCall(frame, call) {
    const { fd, address, length } = frame;
    writeCall(call, SYS.mkdirat, fd, address, length, 0, 0);
  },
  simulate(machine, { fd, address, length }) {
    return machine.mkdir(fd, address, length);
  },
});
