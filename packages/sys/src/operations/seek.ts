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
 * Moves a file's own position to where data or a hole begins, `offset` or after it: lseek(2) with
 * `SEEK_DATA`, `SEEK_HOLE` and the others in `flags`. The result is the new position; `-ENXIO` when
 * there is none, `-EINVAL` from a file system that cannot tell. To look for data may take the time
 * of a disk access, unlike what `movePosition` does. The ring has no operation for it.
 */
export const seekAt: OperationKind = defineOperation({
  name: "lseek",
  opcode: NO_OPCODE,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode: encodeNothing,
  encodeCall(frame, call) {
    writeCall(call, SYS.lseek, frame.fd, frame.offset, frame.flags, 0, 0);
  },
  simulate(machine, { fd, offset, flags }) {
    return machine.seek(fd, offset, flags);
  },
});
