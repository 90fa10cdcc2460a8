import { libc, orErrno } from "./libc.ts";
import { scratch } from "./scratch.ts";

export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
export const FD_CLOEXEC = 1;

const F_GETFD = 1;
const F_GETFL = 3;
const F_SETFL = 4;
const F_DUPFD_CLOEXEC = 1030;
const EINTR_RESULT = -4;

/**
 * Closes a descriptor with close(2). The descriptor is gone even when the call was interrupted, so
 * EINTR counts as success: closing again could hit a descriptor that somebody else just opened.
 */
export function closeDescriptor(fd: number): number {
  const result = orErrno(libc().close(fd));
  return result === EINTR_RESULT ? 0 : result;
}

/** Another descriptor for the same open file, closed on exec: fcntl(2) with `F_DUPFD_CLOEXEC`. */
export function duplicateDescriptor(fd: number): number {
  return orErrno(libc().fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

/** The descriptor's own flags ({@link FD_CLOEXEC}), or `-EBADF` when it is not open: fcntl(2). */
export function descriptorFlags(fd: number): number {
  return orErrno(libc().fcntl(fd, F_GETFD, 0));
}

/** The open file's status flags ({@link O_NONBLOCK} and others): fcntl(2) with `F_GETFL`. */
export function statusFlags(fd: number): number {
  return orErrno(libc().fcntl(fd, F_GETFL, 0));
}

/** Sets the open file's status flags: fcntl(2) with `F_SETFL`. */
export function setStatusFlags(fd: number, flags: number): number {
  return orErrno(libc().fcntl(fd, F_SETFL, flags));
}

/**
 * Two connected descriptors: what is written to `second` (or, for sockets, either) is read from the
 * other.
 */
export interface DescriptorPair {
  readonly first: number;
  readonly second: number;
}

/** A pipe with pipe2(2), closed on exec: read from `first`, write to `second`; or `-errno`. */
export function createPipe(flags: number = O_NONBLOCK): DescriptorPair | number {
  const { address, words } = scratch();
  const result = orErrno(libc().pipe2(address, flags | O_CLOEXEC));
  return result < 0 ? result : { first: words[0]!, second: words[1]! };
}

/** Reads with read(2) into memory that the caller keeps in place. */
export function readDescriptor(fd: number, address: number, length: number): number {
  return orErrno(libc().read(fd, address, length));
}

/** Writes with write(2) from memory that the caller keeps in place. */
export function writeDescriptor(fd: number, address: number, length: number): number {
  return orErrno(libc().write(fd, address, length));
}
