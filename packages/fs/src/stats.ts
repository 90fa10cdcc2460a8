import {
  decodeStatus,
  type FileStatus,
  type FileTime,
  inodeOfStatus,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from "@bascule/sys";

/** What kind of file a mode is of: the methods that both forms of stats have. */
abstract class StatsBase<N extends number | bigint> {
  abstract readonly mode: N;

  isFile(): boolean {
    return this.#is(S_IFREG);
  }

  isDirectory(): boolean {
    return this.#is(S_IFDIR);
  }

  isSymbolicLink(): boolean {
    return this.#is(S_IFLNK);
  }

  isFIFO(): boolean {
    return this.#is(S_IFIFO);
  }

  isSocket(): boolean {
    return this.#is(S_IFSOCK);
  }

  isCharacterDevice(): boolean {
    return this.#is(S_IFCHR);
  }

  isBlockDevice(): boolean {
    return this.#is(S_IFBLK);
  }

  #is(kind: number): boolean {
    return (Number(this.mode) & S_IFMT) === kind;
  }
}

/** What statx(2) tells about a file, as Node has it: sizes in bytes, times in milliseconds. */
export class Stats extends StatsBase<number> {
  readonly dev: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly blksize: number;
  readonly ino: number;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;

  constructor(status: FileStatus) {
    super();
    this.dev = status.device;
    this.mode = status.mode;
    this.nlink = status.links;
    this.uid = status.userId;
    this.gid = status.groupId;
    this.rdev = status.deviceOfFile;
    this.blksize = status.blockSize;
    this.ino = status.inode;
    this.size = status.size;
    this.blocks = status.blocks;
    this.atimeMs = milliseconds(status.accessed);
    this.mtimeMs = milliseconds(status.modified);
    this.ctimeMs = milliseconds(status.changed);
    this.birthtimeMs = milliseconds(status.born);
  }

  get atime(): Date {
    return new Date(Math.round(this.atimeMs));
  }

  get mtime(): Date {
    return new Date(Math.round(this.mtimeMs));
  }

  get ctime(): Date {
    return new Date(Math.round(this.ctimeMs));
  }

  get birthtime(): Date {
    return new Date(Math.round(this.birthtimeMs));
  }
}

/** As {@link Stats}, exact: every number is a bigint, and times come in nanoseconds, too. */
export class BigIntStats extends StatsBase<bigint> {
  readonly dev: bigint;
  readonly mode: bigint;
  readonly nlink: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly rdev: bigint;
  readonly blksize: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly blocks: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;

  constructor(status: FileStatus, inode: bigint) {
    super();
    this.dev = BigInt(status.device);
    this.mode = BigInt(status.mode);
    this.nlink = BigInt(status.links);
    this.uid = BigInt(status.userId);
    this.gid = BigInt(status.groupId);
    this.rdev = BigInt(status.deviceOfFile);
    this.blksize = BigInt(status.blockSize);
    this.ino = inode;
    this.size = BigInt(status.size);
    this.blocks = BigInt(status.blocks);
    this.atimeNs = nanoseconds(status.accessed);
    this.mtimeNs = nanoseconds(status.modified);
    this.ctimeNs = nanoseconds(status.changed);
    this.birthtimeNs = nanoseconds(status.born);
  }

  get atimeMs(): bigint {
    return this.atimeNs / 1_000_000n;
  }

  get mtimeMs(): bigint {
    return this.mtimeNs / 1_000_000n;
  }

  get ctimeMs(): bigint {
    return this.ctimeNs / 1_000_000n;
  }

  get birthtimeMs(): bigint {
    return this.birthtimeNs / 1_000_000n;
  }

  get atime(): Date {
    return new Date(Number(this.atimeMs));
  }

  get mtime(): Date {
    return new Date(Number(this.mtimeMs));
  }

  get ctime(): Date {
    return new Date(Number(this.ctimeMs));
  }

  get birthtime(): Date {
    return new Date(Number(this.birthtimeMs));
  }
}

/** A file's permissions, with the set-ID bits and the sticky one. */
export function permissionsOf({ mode }: Stats): number {
  return mode & ~S_IFMT;
}

/** Takes `struct statx` apart. */
export function statsOf(bytes: Uint8Array, bigint: boolean | undefined): Stats | BigIntStats {
  const status = decodeStatus(bytes);
  return bigint === true ? new BigIntStats(status, inodeOfStatus(bytes)) : new Stats(status);
}

function milliseconds(time: FileTime): number {
  return time.seconds * 1000 + time.nanoseconds / 1_000_000;
}

function nanoseconds(time: FileTime): bigint {
  return BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanoseconds);
}
