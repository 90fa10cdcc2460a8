import { SEEK_CUR, SEEK_END } from "./file-flags.ts";
import { libc, orErrno } from "./libc.ts";

/**
 * Moves a file's own position by so many bytes: lseek(2) with `SEEK_CUR`. It never waits for a
 * disk. Returns the new position, or `-errno`: `-ESPIPE` for a FIFO, a terminal or a socket.
 */
export function movePosition(fd: number, byteCount: number): number {
  return orErrno(libc().lseek(fd, byteCount, SEEK_CUR));
}

/**
 * Moves a file's own position to its end: lseek(2) with `SEEK_END`. For a regular file that says
 * its size, in half the time of statx(2).
 * @returns the new position, or `-errno` as {@link movePosition}
 */
export function moveToEnd(fd: number): number {
  return orErrno(libc().lseek(fd, 0, SEEK_END));
}
