import { O_CLOEXEC, O_NONBLOCK, setStatusFlags } from "../descriptors.ts";
import { EINVAL, ENXIO } from "../errno.ts";
import { O_CREAT, O_DIRECTORY, O_TMPFILE, O_TRUNC } from "../file-flags.ts";
import { SYS, writeCall } from "../system-calls.ts";
import { entryHeader, writeEntry } from "../uring/entry.ts";
import { IORING_OP_OPENAT } from "../uring/opcodes.ts";
import { attemptOpen } from "./file-attempt.ts";
import {
  defineOperation,
  READINESS_NONE,
  WOULD_BLOCK,
  type OperationFrame,
  type OperationKind,
} from "./operation-kind.ts";

const HEADER: number = entryHeader(IORING_OP_OPENAT, 0, 0);
/** What changes the directory or the file, and so may wait. */
const CHANGES = O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);

function attempt(frame: OperationFrame): number {
  const { flags } = frame;
  if ((flags & CHANGES) !== 0) return WOULD_BLOCK;
  const result = attemptOpen(frame.fd, frame.address, flags);
  // A FIFO that nobody reads: opening it for writing waits for somebody. And openat2(2) refuses
  // flags that openat(2) ignores.
  if (result === -ENXIO || result === -EINVAL) return WOULD_BLOCK;
  if (result >= 0 && (flags & O_NONBLOCK) === 0) setStatusFlags(result, flags);
  return result;
}

/**
 * Opens a file: openat(2), `IORING_OP_OPENAT`. `fd` is the directory that a relative path starts
 * from, or `AT_FDCWD`; `address` the path, ending in a null byte; `flags` are `O_*`, to which
 * `O_CLOEXEC` is added; `length` is the mode of a file that is created. The result is a descriptor.
 *
 * A FIFO whose path is in memory opens for reading at once, on both drivers, without waiting for
 * somebody who writes: wait with `pollOnce` before the first read, which otherwise finds its end.
 */
export const openAt: OperationKind = defineOperation({
  name: "open",
  opcode: IORING_OP_OPENAT,
  readiness: READINESS_NONE,
  attempt,
  encode(entries, base, frame) {
    const { fd, address, length, flags } = frame;
    writeEntry(entries, base, HEADER, fd, 0, address, length, flags | O_CLOEXEC, 0);
  },
  encodeCall(frame, call) {
    const { fd, address, length, flags } = frame;
    writeCall(call, SYS.openat, fd, address, flags | O_CLOEXEC, length, 0);
  },
  simulate(machine, { fd, address, length, flags }) {
    return machine.open(fd, address, flags, length);
  },
});
