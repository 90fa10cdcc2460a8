import { SYS, writeCall } from "../system-calls.ts";
import { attemptNever } from "./file-attempt.ts";
import {
  defineOperation,
  NO_OPCODE,
  READINESS_NONE,
  type OperationKind,
} from "./operation-kind.ts";
import { encodeNothing } from "./without-opcode.ts";

/**
 * Reads what a symbolic link holds: readlinkat(2). `fd` and `address` are the directory and the
 * path, `offset` and `length` the memory for the text, which gets no null byte. The result is the
 * number of bytes; when it is `length` there may be more. The ring has no operation for it.
 */
export const readlinkAt: OperationKind = defineOperation({
  name: "readlink",
  opcode: NO_OPCODE,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode: encodeNothing,
  encodeCall(frame, call) {
    const { fd, address, offset, length } = frame;
    writeCall(call, SYS.readlinkat, fd, address, offset, length, 0);
  },
  simulate(machine, { fd, address, offset, length }) {
    return machine.readlink(fd, address, offset, length);
  },
});
