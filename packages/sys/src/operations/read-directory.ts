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
 * Reads the next entries of a directory: getdents64(2). `address` and `length` are the memory. The
 * result is the number of bytes, for `directoryEntries`; 0 when there are no more. The ring has no
 * operation for it.
 */
export const readDirectory: OperationKind = defineOperation({
  name: "scandir",
  opcode: NO_OPCODE,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode: encodeNothing,
  encodeCall(frame, call) {
    const { fd, address, length } = frame;
    writeCall(call, SYS.getdents64, fd, address, length, 0, 0);
  },
  simulate(machine, { fd, address, length }) {
    return machine.readDirectory(fd, address, length);
  },
});
