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
 * Sets a file's times: utimensat(2). `fd` and `address` are the directory and the path, or a
 * descriptor and 0; `offset` is the address of two `struct timespec`, access and change, as
 * `encodeFileTimes` writes them; `flags` may be `AT_SYMLINK_NOFOLLOW`. The result is 0. The ring
 * has no operation for it.
 */
export const utimesAt: OperationKind = defineOperation({
  name: "utime",
  opcode: NO_OPCODE,
  readiness: READINESS_NONE,
  attempt: attemptNever,
  encode: encodeNothing,
  encodeCall(frame, call) {
    const { fd, address, offset, flags } = frame;
    writeCall(call, SYS.utimensat, fd, address, offset, flags, 0);
  },
  simulate(machine, { fd, address, offset, flags }) {
    return machine.utimes(fd, address, offset, flags);
  },
});
