import { EPERM } from "./errno.ts";
import { libc, orErrno } from "./libc.ts";
import { scratch } from "./scratch.ts";
import { highWord, lowWord } from "./words.ts";

/** System call numbers of io_uring, the same on every architecture. */
export const SYS_IO_URING_SETUP = 425;
export const SYS_IO_URING_ENTER = 426;
export const SYS_IO_URING_REGISTER = 427;

const ARM64 = process.arch === "arm64";
const SYS_SECCOMP = ARM64 ? 277 : 317;
const AUDIT_ARCH = ARM64 ? 0xc00000b7 : 0xc000003e;

const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_TSYNC = 1;
const SECCOMP_RET_ERRNO = 0x50000;
const SECCOMP_RET_ALLOW = 0x7fff0000;

const LOAD_WORD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const AT_NUMBER = 0;
const AT_ARCHITECTURE = 4;
const PROGRAM_AT = 64;
const NUMBERS_MAX = 200;

/**
 * Has the given system calls fail with `errno` in every thread of this process, and in those it
 * starts, from now on and for ever: seccomp(2) with a filter, prctl(2) with `PR_SET_NO_NEW_PRIVS`.
 * For tests of a machine where io_uring is forbidden: call it in a child process.
 *
 * @returns 0, `-errno`, or the id of a thread that could not take the filter
 * @throws {RangeError} when there are no numbers or more than 200
 */
export function forbidSystemCalls(numbers: readonly number[], errno: number = EPERM): number {
  if (numbers.length === 0 || numbers.length > NUMBERS_MAX) {
    throw new RangeError(`Cannot forbid system calls: give 1 to 200 numbers: ${numbers.length}`);
  }
  const { address, words } = scratch();
  const program = makeProgram(numbers, errno);
  words.set(program, PROGRAM_AT / 4);
  // struct sock_fprog: how many instructions, then where they are.
  words[0] = program.length / 2;
  words[1] = 0;
  words[2] = lowWord(address + PROGRAM_AT);
  words[3] = highWord(address + PROGRAM_AT);
  const allowed = orErrno(libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  if (allowed < 0) return allowed;
  const flags = SECCOMP_FILTER_FLAG_TSYNC;
  return orErrno(libc().syscall(SYS_SECCOMP, SECCOMP_SET_MODE_FILTER, flags, address, 0, 0, 0));
}

/** The filter as `struct sock_filter`s of two words each. A foreign architecture is let through. */
function makeProgram(numbers: readonly number[], errno: number): number[] {
  const program = [
    ...instruction(LOAD_WORD, 0, 0, AT_ARCHITECTURE),
    ...instruction(JUMP_IF_EQUAL, 0, numbers.length + 1, AUDIT_ARCH),
    ...instruction(LOAD_WORD, 0, 0, AT_NUMBER),
  ];
  for (const [index, number] of numbers.entries()) {
    // On a match, jump over the remaining comparisons and the "allow" to the "errno" at the end.
    program.push(...instruction(JUMP_IF_EQUAL, numbers.length - index, 0, number));
  }
  program.push(...instruction(RETURN, 0, 0, SECCOMP_RET_ALLOW));
  program.push(...instruction(RETURN, 0, 0, SECCOMP_RET_ERRNO | errno));
  return program;
}

function instruction(code: number, whenTrue: number, whenFalse: number, value: number): number[] {
  return [code | (whenTrue << 16) | (whenFalse << 24), value | 0];
}
