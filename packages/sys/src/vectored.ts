import { LIBC, libc, orErrno } from "./libc.ts";
import { type Bound, LibraryMissingError, openLibrary } from "./library.ts";
import { scratch } from "./scratch.ts";
import { SYS } from "./system-calls.ts";
import { highWord, lowWord } from "./words.ts";

// In a call of their own: musl has had them since 1.2.5 only.
const SYMBOLS = {
  preadv2: { args: ["i32", "ptr", "i32", "i64_fast", "i32"], returns: "i32" },
  pwritev2: { args: ["i32", "ptr", "i32", "i64_fast", "i32"], returns: "i32" },
} as const;

type VectoredCalls = Bound<typeof SYMBOLS>;

let calls: VectoredCalls | undefined;

/**
 * Reads with preadv2(2) into one stretch of memory, of less than 2 GiB.
 * @param offset -1 for the file's own position
 */
export function readVector(
  fd: number,
  address: number,
  length: number,
  offset: number,
  flags: number,
): number {
  const { preadv2 } = calls ?? openCalls();
  return orErrno(preadv2(fd, vectorOf(address, length), 1, offset, flags));
}

/** Writes one stretch of memory with pwritev2(2), as {@link readVector} reads. */
export function writeVector(
  fd: number,
  address: number,
  length: number,
  offset: number,
  flags: number,
): number {
  const { pwritev2 } = calls ?? openCalls();
  return orErrno(pwritev2(fd, vectorOf(address, length), 1, offset, flags));
}

/** The address of a `struct iovec`, good until the next wrapper is called. */
function vectorOf(address: number, length: number): number {
  const { address: vector, words } = scratch();
  words[0] = lowWord(address);
  words[1] = highWord(address);
  words[2] = length;
  words[3] = 0;
  return vector;
}

function openCalls(): VectoredCalls {
  // Before the calls: it also finds where errno is.
  const { syscall } = libc();
  try {
    calls = openLibrary(LIBC, SYMBOLS);
  } catch (error) {
    if (!(error instanceof LibraryMissingError)) throw error;
    calls = {
      preadv2: (fd, vector, count, offset, flags) =>
        syscall(SYS.preadv2, fd, vector, count, offset, 0, flags),
      pwritev2: (fd, vector, count, offset, flags) =>
        syscall(SYS.pwritev2, fd, vector, count, offset, 0, flags),
    };
  }
  return calls;
}
