import { closeDescriptor } from "../descriptors.ts";
import { ENOSYS, EPERM } from "../errno.ts";
import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, O_NOFOLLOW } from "../file-flags.ts";
import { libc, orErrno } from "../libc.ts";
import { scratchText } from "../scratch.ts";
import { SYS, writeCall } from "../system-calls.ts";
import { attemptLocate } from "./file-attempt.ts";
import {
  defineOperation,
  NO_OPCODE,
  READINESS_NONE,
  WOULD_BLOCK,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";
import { encodeNothing } from "./without-opcode.ts";

function attempt(frame: OperationFrame): number {
  const { fd, address, length, flags } = frame;
  if ((flags & AT_EMPTY_PATH) !== 0) return WOULD_BLOCK;
  const located = attemptLocate(fd, address, (flags & AT_SYMLINK_NOFOLLOW) === 0 ? 0 : O_NOFOLLOW);
  if (located < 0) return located;
  const empty = scratchText("", 0);
  const number = SYS.faccessat2;
  const result = orErrno(
    libc().syscall(number, located, empty, length, flags | AT_EMPTY_PATH, 0, 0),
  );
  closeDescriptor(located);
  // A kernel or a filter without the call; whom the file refuses is told so again.
  return result === -ENOSYS || result === -EPERM ? WOULD_BLOCK : result;
}

/**
 * Asks whether this process may use a file: faccessat2(2). `fd` and `address` are the directory (or
 * `AT_FDCWD`) and the path, `length` is the mode (`F_OK`, or `R_OK`, `W_OK` and `X_OK` together),
 * `flags` are `AT_*`. The result is 0, or `-EACCES`. The ring has no operation for it.
 */
export const accessAt: OperationKind = defineOperation({
  name: "access",
  opcode: NO_OPCODE,
  readiness: READINESS_NONE,
  attempt,
  attemptsFirst: true,
  encode: encodeNothing,
  encodeCall(frame, call) {
    const { fd, address, length, flags } = frame;
    if (flags === 0) writeCall(call, SYS.faccessat, fd, address, length, 0, 0);
    else writeCall(call, SYS.faccessat2, fd, address, length, flags, 0);
  },
  simulate(machine, { fd, address, length, flags }) {
    return machine.access(fd, address, length, flags);
  },
});
