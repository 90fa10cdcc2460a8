import { SystemError, type WaitOptions } from "@bascule/core";
import { EEXIST, ENOENT, ENOTDIR, mkdirAt } from "@bascule/sys";
import { checkBoolean } from "./arguments.ts";
import { parseMode } from "./open-flags.ts";
import { PathCall } from "./path-call.ts";
import { parentPath, type PathLike, pathBytes, pathText, toPath } from "./path.ts";
import { inEncoding, type PathOptions, pathSettings } from "./readlink.ts";
import { stat } from "./stat.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const RANDOM_LETTERS = 6;
const TEMPORARY_TRIES_MAX = 100;

/** Options of {@link mkdir}. */
export interface MkdirOptions extends WaitOptions {
  /** Make what is missing on the way, and do not mind a directory that is there already. */
  recursive?: boolean | undefined;
  /** Permissions, less the umask; `0o777`. */
  mode?: number | string | undefined;
}

/**
 * Makes a directory: mkdirat(2).
 *
 * Abort rejects with the reason once the kernel is done; what has been made stays.
 * @returns with `recursive`, the first directory that was made, or undefined when all were there
 * @throws (rejects) SystemError (`EEXIST`, `ENOENT`, `ENOTDIR` …)
 * @example
 * ```ts
 * import { mkdir, mkdtemp, rm, stat } from "@bascule/fs";
 * const folder = await mkdtemp("/tmp/bascule-");
 * const first = await mkdir(`${folder}/a/b/c`, { recursive: true });
 * if (first !== `${folder}/a`) throw new Error("something was there");
 * if (!(await stat(`${folder}/a/b/c`)).isDirectory()) throw new Error("it is not there");
 * await rm(folder, { recursive: true });
 * ```
 */
export async function mkdir(
  path: PathLike,
  options?: MkdirOptions | number | string | null,
): Promise<string | undefined> {
  const target = toPath(path);
  const settings = typeof options === "object" ? (options ?? {}) : { mode: options };
  const mode = parseMode(settings.mode ?? 0o777);
  checkBoolean(settings.recursive, "options.recursive");
  if (settings.recursive === true) return await makeAll(target, mode, settings);
  using call = new PathCall("mkdir", target);
  call.frame.length = mode;
  await call.run(mkdirAt, settings);
  return undefined;
}

/**
 * Makes a directory with a name that nobody has: `prefix` and six letters, for this user only.
 * Abort as {@link mkdir}; a directory that was made all the same stays, and is empty.
 * @throws (rejects) SystemError (`ENOENT`, `EACCES` …)
 */
export async function mkdtemp(
  prefix: PathLike,
  options?: PathOptions | BufferEncoding | null,
): Promise<string> {
  const start = pathBytes(toPath(prefix, "prefix"));
  const settings = pathSettings(options);
  for (let tries = 1; ; tries++) {
    const path = Buffer.concat([start, Buffer.from(randomLetters())]);
    using call = new PathCall("mkdtemp", path);
    call.frame.length = 0o700;
    const result = await call.result(mkdirAt, settings);
    if (result === 0) return inEncoding(path, settings) as string;
    if (result !== -EEXIST || tries === TEMPORARY_TRIES_MAX) throw call.error(result);
  }
}

/** Goes up until something can be made, then down again. */
async function makeAll(
  path: string | Uint8Array,
  mode: number,
  options: WaitOptions,
): Promise<string | undefined> {
  const missing: (string | Uint8Array)[] = [];
  let first: string | Uint8Array | undefined;
  let next: string | Uint8Array | undefined = path;
  while (next !== undefined) {
    const result = await makeOne(next, mode, options);
    if (result === 0) first ??= next;
    if (result === -ENOENT && first === undefined) {
      const parent = parentPath(next);
      if (pathText(parent) !== pathText(next) && pathText(next) !== "") {
        missing.push(next);
        next = parent;
        continue;
      }
    }
    if (result === -EEXIST) await checkDirectory(next, next === path, path, options);
    else if (result < 0) throw mkdirError(result, path);
    next = missing.pop();
  }
  return first === undefined ? undefined : pathText(first);
}

async function makeOne(
  path: string | Uint8Array,
  mode: number,
  options: WaitOptions,
): Promise<number> {
  using call = new PathCall("mkdir", path);
  call.frame.length = mode;
  return await call.result(mkdirAt, options);
}

/** What is there must be a directory, or lead to one. */
async function checkDirectory(
  path: string | Uint8Array,
  isLast: boolean,
  wanted: string | Uint8Array,
  options: WaitOptions,
): Promise<void> {
  try {
    if ((await stat(path, { signal: options.signal })).isDirectory()) return;
  } catch (error) {
    // A symbolic link that leads nowhere is in the way, too.
    throw error instanceof SystemError ? mkdirError(error.errno, wanted) : error;
  }
  throw mkdirError(isLast ? -EEXIST : -ENOTDIR, wanted);
}

function mkdirError(result: number, path: string | Uint8Array): Error {
  using call = new PathCall("mkdir", path);
  return call.error(result);
}

function randomLetters(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(RANDOM_LETTERS));
  return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("");
}
