import { toArrayBuffer } from "bun:ffi";
import { openLibrary, type Bound, type LibrarySource } from "./library.ts";

const LIBC_SYMBOLS = {
  __errno_location: { args: [], returns: "i64_fast" },
  mmap: { args: ["ptr", "u64_fast", "i32", "i32", "i32", "i64_fast"], returns: "i64_fast" },
  munmap: { args: ["ptr", "u64_fast"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  read: { args: ["i32", "ptr", "u64_fast"], returns: "i32" },
  write: { args: ["i32", "ptr", "u64_fast"], returns: "i32" },
  lseek: { args: ["i32", "i64_fast", "i32"], returns: "i64_fast" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  pipe2: { args: ["ptr", "i32"], returns: "i32" },
  poll: { args: ["ptr", "u64_fast", "i32"], returns: "i32" },
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  socketpair: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  accept4: { args: ["i32", "ptr", "ptr", "i32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  getpeername: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  shutdown: { args: ["i32", "i32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "u64_fast", "i32"], returns: "i32" },
  send: { args: ["i32", "ptr", "u64_fast", "i32"], returns: "i32" },
  recvmsg: { args: ["i32", "ptr", "i32"], returns: "i32" },
  sendmsg: { args: ["i32", "ptr", "i32"], returns: "i32" },
  inet_pton: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  inet_ntop: { args: ["i32", "ptr", "ptr", "u32"], returns: "i64_fast" },
  if_nametoindex: { args: ["ptr"], returns: "u32" },
  if_indextoname: { args: ["u32", "ptr"], returns: "i64_fast" },
  epoll_create1: { args: ["i32"], returns: "i32" },
  epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  epoll_wait: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" },
  eventfd: { args: ["u32", "i32"], returns: "i32" },
  timerfd_create: { args: ["i32", "i32"], returns: "i32" },
  timerfd_settime: { args: ["i32", "i32", "ptr", "ptr"], returns: "i32" },
  getrlimit: { args: ["i32", "ptr"], returns: "i32" },
  setrlimit: { args: ["i32", "ptr"], returns: "i32" },
  prctl: {
    args: ["i32", "u64_fast", "u64_fast", "u64_fast", "u64_fast"],
    returns: "i32",
  },
  syscall: {
    args: ["i64_fast", "i64_fast", "i64_fast", "i64_fast", "i64_fast", "i64_fast", "i64_fast"],
    returns: "i64_fast",
  },
} as const;

/** Where libc is, for the calls of it that are not everywhere. */
export const LIBC: LibrarySource = {
  library: "libc",
  candidates: ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"],
  remedy: "run on Linux with glibc or musl",
};

/** The functions of libc that this package calls. */
export type Libc = Bound<typeof LIBC_SYMBOLS>;

let symbols: Libc | undefined;
let errnoWords: Int32Array = new Int32Array(1);

/** libc's functions, bound on the first call and kept as long as the process. */
export function libc(): Libc {
  return symbols ?? openLibc();
}

/**
 * A system call's result as this package returns it: `-1` becomes `-errno`. It must be the very
 * next thing after the call, since any other call into C on this thread may overwrite errno(3).
 */
export function orErrno(result: number): number {
  return result < 0 ? -errnoWords[0]! : result;
}

function openLibc(): Libc {
  const opened = openLibrary(LIBC, LIBC_SYMBOLS);
  // errno lives at a fixed address of this thread, so one view of it lasts as long as the thread.
  errnoWords = new Int32Array(toArrayBuffer(opened.__errno_location(), 0, 4));
  symbols = opened;
  return opened;
}
