/**
 * Numbers of the system calls that the kernel takes by number, on both machines that Bun runs on.
 */
interface SystemCallNumbers {
  readonly read: number;
  readonly write: number;
  readonly lseek: number;
  readonly pread64: number;
  readonly pwrite64: number;
  readonly fsync: number;
  readonly fdatasync: number;
  readonly ftruncate: number;
  readonly getdents64: number;
  readonly openat: number;
  readonly mkdirat: number;
  readonly unlinkat: number;
  readonly linkat: number;
  readonly symlinkat: number;
  readonly readlinkat: number;
  readonly fchmod: number;
  readonly fchmodat: number;
  readonly fchown: number;
  readonly fchownat: number;
  readonly utimensat: number;
  readonly fallocate: number;
  readonly inotify_init1: number;
  readonly inotify_add_watch: number;
  readonly inotify_rm_watch: number;
  readonly renameat2: number;
  readonly copy_file_range: number;
  readonly preadv2: number;
  readonly pwritev2: number;
  readonly statx: number;
  readonly openat2: number;
  readonly faccessat: number;
  readonly faccessat2: number;
}

const X64: SystemCallNumbers = {
  read: 0,
  write: 1,
  lseek: 8,
  pread64: 17,
  pwrite64: 18,
  fsync: 74,
  fdatasync: 75,
  ftruncate: 77,
  getdents64: 217,
  openat: 257,
  mkdirat: 258,
  unlinkat: 263,
  linkat: 265,
  symlinkat: 266,
  readlinkat: 267,
  fchmod: 91,
  fchmodat: 268,
  fchown: 93,
  fchownat: 260,
  utimensat: 280,
  fallocate: 285,
  inotify_init1: 294,
  inotify_add_watch: 254,
  inotify_rm_watch: 255,
  renameat2: 316,
  copy_file_range: 326,
  preadv2: 327,
  pwritev2: 328,
  statx: 332,
  openat2: 437,
  faccessat: 269,
  faccessat2: 439,
};

const ARM64: SystemCallNumbers = {
  read: 63,
  write: 64,
  lseek: 62,
  pread64: 67,
  pwrite64: 68,
  fsync: 82,
  fdatasync: 83,
  ftruncate: 46,
  getdents64: 61,
  openat: 56,
  mkdirat: 34,
  unlinkat: 35,
  linkat: 37,
  symlinkat: 36,
  readlinkat: 78,
  fchmod: 52,
  fchmodat: 53,
  fchown: 55,
  fchownat: 54,
  utimensat: 88,
  fallocate: 47,
  inotify_init1: 26,
  inotify_add_watch: 27,
  inotify_rm_watch: 28,
  renameat2: 276,
  copy_file_range: 285,
  preadv2: 286,
  pwritev2: 287,
  statx: 291,
  openat2: 437,
  faccessat: 48,
  faccessat2: 439,
};

/** The numbers for this machine. */
export const SYS: SystemCallNumbers = process.arch === "arm64" ? ARM64 : X64;

/** Writes a call for a thread of the blocking pool: its number and up to six arguments. */
export function writeCall(
  call: Float64Array,
  number: number,
  first: number,
  second: number,
  third: number,
  fourth: number,
  fifth: number,
): void {
  call[0] = number;
  call[1] = first;
  call[2] = second;
  call[3] = third;
  call[4] = fourth;
  call[5] = fifth;
  call[6] = 0;
}
