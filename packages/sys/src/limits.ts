import { libc, orErrno } from "./libc.ts";
import { scratch } from "./scratch.ts";
import { systemError } from "./system-error.ts";
import { fromWords, highWord, lowWord } from "./words.ts";

export const RLIMIT_NOFILE = 7;
export const RLIMIT_MEMLOCK = 8;

/** A limit of this process; `Infinity` is none. */
export interface ResourceLimit {
  /** What applies. */
  readonly soft: number;
  /** Up to where the process may raise it. */
  readonly hard: number;
}

/**
 * Reads a limit: getrlimit(2). `RLIMIT_NOFILE` counts descriptors, `RLIMIT_MEMLOCK` bytes.
 * @throws {Error} in Node's shape, `EINVAL`, when there is no such limit
 */
export function getResourceLimit(resource: number): ResourceLimit {
  const { address, words } = scratch();
  const result = orErrno(libc().getrlimit(resource, address));
  if (result < 0) throw systemError("getrlimit", result);
  return { soft: readLimit(words, 0), hard: readLimit(words, 2) };
}

/** Sets a limit: setrlimit(2). Returns 0 or `-errno`: `-EPERM` above the hard limit. */
export function setResourceLimit(resource: number, limit: ResourceLimit): number {
  const { address, words } = scratch();
  writeLimit(words, 0, limit.soft);
  writeLimit(words, 2, limit.hard);
  return orErrno(libc().setrlimit(resource, address));
}

function readLimit(words: Int32Array, at: number): number {
  // RLIM_INFINITY is all ones.
  if (words[at] === -1 && words[at + 1] === -1) return Infinity;
  return fromWords(words[at]!, words[at + 1]!);
}

function writeLimit(words: Int32Array, at: number, value: number): void {
  words[at] = value === Infinity ? -1 : lowWord(value);
  words[at + 1] = value === Infinity ? -1 : highWord(value);
}
