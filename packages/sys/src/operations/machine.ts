/**
 * The system calls that operations make, put to something that is not Linux: the third form of an
 * operation kind calls one of them with the fields of its frame. A driver without a kernel beneath
 * it implements them: `@bascule/core` has the same interface for it.
 *
 * Arguments and results are those of the manual pages: memory is an address, paths end in a null
 * byte, structures have Linux's layout on x86-64. Each gives `>= 0`, `-errno` or WOULD_BLOCK, which
 * says that the same call is to be made again later.
 */
export interface Machine {
  accept(fd: number): number;
  /** @param address of the socket address, `length` bytes of it */
  connect(fd: number, address: number, length: number): number;
  recv(fd: number, address: number, length: number, flags: number): number;
  send(fd: number, address: number, length: number, flags: number): number;
  /** @param header address of a `struct msghdr` with one `struct iovec`, as in `sendMessage` */
  receiveMessage(fd: number, header: number, flags: number): number;
  sendMessage(fd: number, header: number, flags: number): number;
  shutdown(fd: number, how: number): number;
  close(fd: number): number;
  /** @returns those of the `events` that are so */
  poll(fd: number, events: number): number;
  /** @param at a position, or -1 for the file's own */
  read(fd: number, address: number, length: number, at: number): number;
  write(fd: number, address: number, length: number, at: number): number;
  open(folder: number, path: number, flags: number, mode: number): number;
  /** @param target address of a `struct statx` */
  stat(folder: number, path: number, flags: number, mask: number, target: number): number;
  access(folder: number, path: number, mode: number, flags: number): number;
  /** @param path 0 for the descriptor itself, as in `utimes` */
  chmod(folder: number, path: number, mode: number): number;
  chown(folder: number, path: number, user: number, group: number): number;
  /** @param times address of two `struct timespec` */
  utimes(folder: number, path: number, times: number, flags: number): number;
  /** @param positions address of two 64-bit positions, or 0 for the files' own */
  copyRange(source: number, target: number, length: number, positions: number): number;
  /** @param whence `SEEK_*` */
  seek(fd: number, offset: number, whence: number): number;
  fallocate(fd: number, mode: number, at: number, length: number): number;
  fsync(fd: number, flags: number): number;
  truncate(fd: number, length: number): number;
  readDirectory(fd: number, address: number, length: number): number;
  readlink(folder: number, path: number, address: number, length: number): number;
  mkdir(folder: number, path: number, mode: number): number;
  unlink(folder: number, path: number, flags: number): number;
  /** @param target address of the text that the link holds */
  symlink(target: number, folder: number, path: number): number;
  link(folder: number, path: number, newFolder: number, newPath: number, flags: number): number;
  rename(folder: number, path: number, newFolder: number, newPath: number, flags: number): number;
}
