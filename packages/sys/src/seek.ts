import { libc, orErrno } from "./libc.ts";

const SYS_LSEEK = process.arch === "arm64" ? 62 : 8;
const SEEK_CUR = 1;

/**
 * Moves a file's own position by so many bytes: lseek(2) with `SEEK_CUR`. It never waits for a
 * disk. Returns the new position, or `-errno`: `-ESPIPE` for a FIFO, a terminal or a socket.
 */
export function movePosition(fd: number, byteCount: number): number {
  return orErrno(libc().syscall(SYS_LSEEK, fd, byteCount, SEEK_CUR, 0, 0, 0));
}
