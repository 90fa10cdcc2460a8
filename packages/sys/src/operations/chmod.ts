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
 * Changes a file's permissions: fchmodat(2), or fchmod(2) of `fd` itself when `address` is 0. `fd`
 * and `address` are the directory and the path, `length` the mode. The result is 0. The ring has no
 * operation for it.
 */
export const chmodAt: OperationKind = defineOperation({
  name: "chmod",
  opcode: NO_OPCODE,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode: encodeNothing,
  encodeCall(frame, call) {
    const { fd, address, length } = frame;
    if (address === 0) writeCall(call, SYS.fchmod, fd, length, 0, 0, 0);
    else writeCall(call, SYS.fchmodat, fd, address, length, 0, 0);
  },
  simulate(machine, { fd, address, length }) {
    return machine.chmod(fd, address, length);
  },
});
