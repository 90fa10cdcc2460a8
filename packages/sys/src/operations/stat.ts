import { closeDescriptor } from "../descriptors.ts";
import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, O_NOFOLLOW } from "../file-flags.ts";
import { libc, orErrno } from "../libc.ts";
import { scratchText } from "../scratch.ts";
import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_STATX } from "../uring/opcodes.ts";
import { attemptLocate } from "./file-attempt.ts";
import {
  defineOperation,
  READINESS_NONE,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_STATX, 0, 0);

function attempt(frame: OperationFrame): number {
  const { fd, address, flags, length, offset } = frame;
  const call = libc();
  if ((flags & AT_EMPTY_PATH) !== 0) {
    return orErrno(call.syscall(SYS.statx, fd, address, flags, length, offset, 0));
  }
  const located = attemptLocate(fd, address, (flags & AT_SYMLINK_NOFOLLOW) === 0 ? 0 : O_NOFOLLOW);
  if (located < 0) return located;
  const empty = scratchText("", 0);
  const number = SYS.statx;
  const result = orErrno(call.syscall(number, located, empty, AT_EMPTY_PATH, length, offset, 0));
  closeDescriptor(located);
  return result;
}

/**
 * Tells about a file: statx(2), `IORING_OP_STATX`. `fd` and `address` are the directory (or
 * `AT_FDCWD`) and the path; with `flags` `AT_EMPTY_PATH` and an empty path, `fd` is the file
 * itself. `AT_SYMLINK_NOFOLLOW` tells about a link. `length` is the mask (`STATX_BASIC_STATS` and
 * more), `offset` the address of 256 bytes for the answer, which `decodeStat` takes apart. The
 * result is 0. The ring would always use a thread, so what is in memory is answered directly.
 */
export const statAt: OperationKind = defineOperation({
  name: "stat",
  opcode: IORING_OP_STATX,
  readiness: READINESS_NONE,
  attempt,
  attemptsFirst: true,
  encode(entries, base, frame) {
    const { fd, address, flags, length, offset } = frame;
    writeEntry(entries, base, HEADER, fd, offset, address, length, flags, 0);
  },
  encodeCall(frame, call) {
    const { fd, address, flags, length, offset } = frame;
    writeCall(call, SYS.statx, fd, address, flags, length, offset);
  },
  simulate(machine, { fd, address, flags, length, offset }) {
    return machine.stat(fd, address, flags, length, offset);
  },
});
