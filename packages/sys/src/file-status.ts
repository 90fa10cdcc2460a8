/** What statx(2) is asked for: type, mode, links, owner, times, inode, size, blocks. */
export const STATX_BASIC_STATS = 0x7ff;
/** As {@link STATX_BASIC_STATS}, and the time of birth. */
export const STATX_ALL = 0xfff;
/** Bytes of `struct statx`. */
export const STATX_BYTES = 256;

/** A moment: seconds since 1970, and nanoseconds to add. */
export interface FileTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What statx(2) told, as numbers; `inode` is inexact above 2^53. */
export interface FileStatus {
  readonly device: number;
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly userId: number;
  readonly groupId: number;
  readonly deviceOfFile: number;
  readonly size: number;
  readonly blockSize: number;
  /** In units of 512 bytes. */
  readonly blocks: number;
  readonly accessed: FileTime;
  readonly modified: FileTime;
  readonly changed: FileTime;
  /** 1970 where the file system does not know. */
  readonly born: FileTime;
}

/** Takes `struct statx` apart, which begins at byte `at`. */
export function decodeStatus(bytes: Uint8Array, at: number = 0): FileStatus {
  return {
    device: makeDevice(u32(bytes, at + 136), u32(bytes, at + 140)),
    inode: u64(bytes, at + 32),
    mode: bytes[at + 28]! | (bytes[at + 29]! << 8),
    links: u32(bytes, at + 16),
    userId: u32(bytes, at + 20),
    groupId: u32(bytes, at + 24),
    deviceOfFile: makeDevice(u32(bytes, at + 128), u32(bytes, at + 132)),
    size: u64(bytes, at + 40),
    blockSize: u32(bytes, at + 4),
    blocks: u64(bytes, at + 48),
    accessed: timeAt(bytes, at + 64),
    modified: timeAt(bytes, at + 112),
    changed: timeAt(bytes, at + 96),
    born: timeAt(bytes, at + 80),
  };
}

/** The exact inode number of a `struct statx`. */
export function inodeOfStatus(bytes: Uint8Array, at: number = 0): bigint {
  return (BigInt(u32(bytes, at + 36)) << 32n) | BigInt(u32(bytes, at + 32));
}

/** Bytes of the two times that utimensat(2) takes. */
export const FILE_TIMES_BYTES = 32;

/**
 * Writes two `struct timespec` at byte `at`: last access and last change, in milliseconds since
 * 1970 whose fraction counts and which may be negative.
 */
export function encodeFileTimes(
  bytes: Uint8Array,
  at: number,
  accessedMs: number,
  modifiedMs: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, FILE_TIMES_BYTES);
  writeTime(view, 0, accessedMs);
  writeTime(view, 16, modifiedMs);
}

function writeTime(view: DataView, at: number, milliseconds: number): void {
  const seconds = Math.floor(milliseconds / 1000);
  // Microseconds: what is below them is noise of the floating point number.
  const microseconds = Math.round((milliseconds - seconds * 1000) * 1000);
  const carry = microseconds === 1_000_000 ? 1 : 0;
  view.setBigInt64(at, BigInt(seconds + carry), true);
  view.setBigInt64(at + 8, BigInt(carry === 1 ? 0 : microseconds * 1000), true);
}

function timeAt(bytes: Uint8Array, at: number): FileTime {
  const seconds = (u32(bytes, at + 4) | 0) * 4294967296 + u32(bytes, at);
  return { seconds, nanoseconds: u32(bytes, at + 8) };
}

/** The number that stat(2) and Node have for a device: makedev(3). */
function makeDevice(major: number, minor: number): number {
  const low = ((major & 0xfff) << 8) | (minor & 0xff);
  return low + (minor >>> 8) * 1048576 + (major >>> 12) * 17592186044416;
}

function u32(bytes: Uint8Array, at: number): number {
  const low = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
  return (low | (bytes[at + 3]! << 24)) >>> 0;
}

function u64(bytes: Uint8Array, at: number): number {
  return u32(bytes, at + 4) * 4294967296 + u32(bytes, at);
}
