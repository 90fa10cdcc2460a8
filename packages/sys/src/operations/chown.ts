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
 * Gives a file another owner: fchownat(2), or fchown(2) of `fd` itself when `address` is 0. `fd`
 * and `address` are the directory and the path, `length` the user, `offset` the group. Symbolic
 * links are followed. The result is 0. The ring has no operation for it.
 */
export const chownAt: OperationKind = defineOperation({
  name: "chown",
  opcode: NO_OPCODE,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode: encodeNothing,
  encodeCall(frame, call) {
    const { fd, address, length, offset } = frame;
    if (address === 0) writeCall(call, SYS.fchown, fd, length, offset, 0, 0);
    else writeCall(call, SYS.fchownat, fd, address, length, offset, 0);
  },
  simulate(machine, { fd, address, length, offset }) {
    return machine.chown(fd, address, length, offset);
  },
});
