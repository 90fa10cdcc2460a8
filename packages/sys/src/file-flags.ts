/** Flags of open(2). */
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_DSYNC = 0o10000;
export const O_SYNC = 0o4010000;
const ARM = process.arch === "arm64";
export const O_DIRECT: number = ARM ? 0o200000 : 0o40000;
export const O_DIRECTORY: number = ARM ? 0o40000 : 0o200000;
export const O_NOFOLLOW: number = ARM ? 0o100000 : 0o400000;
export const O_NOATIME = 0o1000000;
export const O_PATH = 0o10000000;
export const O_TMPFILE: number = 0o20000000 | O_DIRECTORY;

/** The working directory, in place of a directory's descriptor. */
export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
/** Of unlinkat(2): remove a directory. */
export const AT_REMOVEDIR = 0x200;
/** Of linkat(2): link what a symbolic link points to. */
export const AT_SYMLINK_FOLLOW = 0x400;
/** The path is empty: the operation is on the descriptor itself. */
export const AT_EMPTY_PATH = 0x1000;

/** Modes of access(2). */
export const F_OK = 0;
export const X_OK = 1;
export const W_OK = 2;
export const R_OK = 4;

/** What kind of file a mode is of. */
export const S_IFMT = 0o170000;
export const S_IFIFO = 0o010000;
export const S_IFCHR = 0o020000;
export const S_IFDIR = 0o040000;
export const S_IFBLK = 0o060000;
export const S_IFREG = 0o100000;
export const S_IFLNK = 0o120000;
export const S_IFSOCK = 0o140000;

/** Flag of the `fsync` kind: fdatasync(2) instead. */
export const FSYNC_DATASYNC = 1;

/** Modes of fallocate(2). */
export const FALLOC_FL_KEEP_SIZE = 0x1;
export const FALLOC_FL_PUNCH_HOLE = 0x2;
export const FALLOC_FL_ZERO_RANGE = 0x10;

/** Where the `seekAt` kind looks: lseek(2). */
export const SEEK_CUR = 1;
export const SEEK_END = 2;
export const SEEK_DATA = 3;
export const SEEK_HOLE = 4;

/** Flags of renameat2(2). */
export const RENAME_NOREPLACE = 0x1;
export const RENAME_EXCHANGE = 0x2;

/** Nanoseconds of a time that utimensat(2) takes as "now" and as "leave it". */
export const UTIME_NOW = 0x3fffffff;
export const UTIME_OMIT = 0x3ffffffe;
