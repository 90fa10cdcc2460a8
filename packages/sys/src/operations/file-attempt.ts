import { O_CLOEXEC, O_NONBLOCK } from "../descriptors.ts";
import { EMFILE, ENFILE, ENOSYS, EOPNOTSUPP, EPERM } from "../errno.ts";
import { O_PATH } from "../file-flags.ts";
import { libc, orErrno } from "../libc.ts";
import { scratch } from "../scratch.ts";
import { SYS } from "../system-calls.ts";
import { writeEntry } from "../uring/entry.ts";
import { WOULD_BLOCK, type OperationFrame } from "./operation-kind.ts";
import { AGAIN, INTERRUPTED } from "./results.ts";

/** Fail rather than wait: of preadv2(2) and pwritev2(2). */
const RWF_NOWAIT = 8;
/** Look a path up in memory only: of openat2(2), Linux 5.12. */
const RESOLVE_CACHED = 0x20;
const HOW_BYTES = 24;

/** The most bytes that one call of the kernel moves. */
const TRANSFER_BYTES_MAX = 0x7ffff000;
/**
 * The most bytes that the loop's own thread copies from or to the page cache in one go (some 20 µs
 * each): more is for a thread that nobody waits for.
 */
export const INLINE_BYTES_MAX = 262144;

/** The attempt of what always may wait for a disk. */
export function attemptNever(): number {
  return WOULD_BLOCK;
}

/** preadv2(2) or pwritev2(2), for one stretch of memory. */
type VectorCall = (
  fd: number,
  address: number,
  length: number,
  offset: number,
  flags: number,
) => number;

/**
 * preadv2(2) or pwritev2(2) with `RWF_NOWAIT`: from or to the page cache only. Files that cannot
 * tell whether they would wait (`EOPNOTSUPP`) count as would block.
 */
export function attemptTransfer(call: VectorCall, frame: OperationFrame): number {
  const { fd, address, length, offset } = frame;
  if (length > INLINE_BYTES_MAX) return WOULD_BLOCK;
  for (;;) {
    const result = call(fd, address, length, offset, RWF_NOWAIT);
    if (result >= 0) return result;
    switch (-result) {
      case -AGAIN:
      case EOPNOTSUPP:
      // A kernel or a filter without the call; whom the file refuses is told so again.
      case ENOSYS:
      case EPERM:
        return WOULD_BLOCK;
      case -INTERRUPTED:
        continue;
      default:
        return result;
    }
  }
}

/** Writes the ring's form of a read or a write. */
export function writeTransfer(
  entries: Int32Array,
  base: number,
  header: number,
  frame: OperationFrame,
): void {
  const length = Math.min(frame.length, TRANSFER_BYTES_MAX);
  writeEntry(entries, base, header, frame.fd, frame.offset, frame.address, length, 0, 0);
}

/**
 * openat2(2) with `RESOLVE_CACHED`: succeeds or fails only when the whole path is in memory.
 * `O_NONBLOCK` keeps a FIFO from waiting for its other end.
 */
export function attemptOpen(directoryFd: number, path: number, flags: number): number {
  // What only stands for a path waits for nobody, and openat2(2) refuses the flag.
  return lookUp(directoryFd, path, (flags & O_PATH) === 0 ? flags | O_NONBLOCK : flags);
}

function lookUp(directoryFd: number, path: number, flags: number): number {
  const { address, words } = scratch();
  words[0] = flags | O_CLOEXEC;
  words[1] = 0;
  words[2] = 0;
  words[3] = 0;
  words[4] = RESOLVE_CACHED;
  words[5] = 0;
  const result = orErrno(libc().syscall(SYS.openat2, directoryFd, path, address, HOW_BYTES, 0, 0));
  switch (-result) {
    case -AGAIN:
    case -INTERRUPTED:
    // A kernel or a filter without openat2(2).
    case ENOSYS:
    case EPERM:
      return WOULD_BLOCK;
    default:
      return result;
  }
}

/**
 * A descriptor that stands for a path and lets nobody read or write: what is asked of it is in
 * memory. Close it. WOULD_BLOCK also when there is no descriptor to spare, since the call that is
 * meant needs none.
 */
export function attemptLocate(directoryFd: number, path: number, flags: number): number {
  const result = lookUp(directoryFd, path, flags | O_PATH);
  return result === -EMFILE || result === -ENFILE ? WOULD_BLOCK : result;
}
