/** Types of directory entries; `DT_UNKNOWN` where the file system does not say: ask statx(2). */
export const DT_UNKNOWN = 0;
export const DT_FIFO = 1;
export const DT_CHR = 2;
export const DT_DIR = 4;
export const DT_BLK = 6;
export const DT_REG = 8;
export const DT_LNK = 10;
export const DT_SOCK = 12;

const RECORD_LENGTH_AT = 16;
const TYPE_AT = 18;
const NAME_AT = 19;
const DOT = 0x2e;

/** Takes one entry: its `DT_*`, and where the bytes of its name are. */
export type DirectoryVisitor = (
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  type: number,
) => void;

/**
 * Goes through what getdents64(2) filled in, `length` bytes of it, and leaves `.` and `..` out.
 * Names are bytes in whatever encoding they were made with; copy them out.
 */
export function visitDirectory(bytes: Uint8Array, length: number, visit: DirectoryVisitor): void {
  let at = 0;
  while (at + NAME_AT < length) {
    const next = at + (bytes[at + RECORD_LENGTH_AT]! | (bytes[at + RECORD_LENGTH_AT + 1]! << 8));
    const start = at + NAME_AT;
    const end = bytes.indexOf(0, start);
    if (!isSelfOrParent(bytes, start, end)) visit(bytes, start, end, bytes[at + TYPE_AT]!);
    at = next;
  }
}

function isSelfOrParent(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length > 2 || bytes[start] !== DOT) return false;
  return length === 1 || bytes[start + 1] === DOT;
}
