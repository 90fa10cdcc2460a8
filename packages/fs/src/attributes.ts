import { Runtime, type WaitOptions } from "@bascule/core";
import {
  chmodAt,
  encodeFileTimes,
  FILE_TIMES_BYTES,
  O_RDWR,
  truncateAt,
  utimesAt,
} from "@bascule/sys";
import { checkFileLength } from "./arguments.ts";
import { argumentTypeError } from "./errors.ts";
import { openDescriptor } from "./open-descriptor.ts";
import { OpenFile } from "./open-file.ts";
import { parseMode } from "./open-flags.ts";
import { PathCall } from "./path-call.ts";
import { type PathLike, toPath } from "./path.ts";

/**
 * Sets a file's permissions: fchmodat(2). Symbolic links are followed. Abort rejects with the
 * reason once the kernel is done.
 * @param mode a number, or octal text: `0o640`, `"640"`
 * @throws (rejects) SystemError (`ENOENT`, `EPERM` …), TypeError and RangeError for a bad mode
 */
export async function chmod(
  path: PathLike,
  mode: number | string,
  options?: WaitOptions,
): Promise<void> {
  using call = new PathCall("chmod", toPath(path));
  call.frame.length = parseMode(mode);
  await call.run(chmodAt, options);
}

/**
 * Sets when a file was last read and changed: utimensat(2). Symbolic links are followed. Abort as
 * {@link chmod}.
 * @param accessed a Date, or seconds since 1970, whose fraction counts; below 0 they are before it
 * @param modified likewise
 * @throws (rejects) SystemError (`ENOENT`, `EPERM` …), TypeError for what is no time
 */
export async function utimes(
  path: PathLike,
  accessed: Date | number | string,
  modified: Date | number | string,
  options?: WaitOptions,
): Promise<void> {
  const accessedMs = timeMs(accessed, "atime");
  const modifiedMs = timeMs(modified, "mtime");
  using call = new PathCall("utime", toPath(path), { extraBytes: FILE_TIMES_BYTES });
  encodeFileTimes(call.bytes(FILE_TIMES_BYTES), 0, accessedMs, modifiedMs);
  call.frame.offset = call.extra;
  await call.run(utimesAt, options);
}

/**
 * Cuts a file off after `length` bytes (0), or extends it by a hole: ftruncate(2). Abort as
 * {@link chmod}.
 * @throws (rejects) SystemError (`ENOENT`, `EISDIR`, `EFBIG` …), RangeError for a bad length
 */
export async function truncate(
  path: PathLike,
  length: number = 0,
  options?: WaitOptions,
): Promise<void> {
  const target = toPath(path);
  const offset = checkFileLength(length, "len");
  const runtime = Runtime.current();
  const fd = await openDescriptor(runtime, "open", target, O_RDWR, 0, options);
  const file = new OpenFile(runtime, fd, O_RDWR);
  try {
    await file.call("ftruncate", truncateAt, { offset }, options);
  } finally {
    file.close();
  }
}

function timeMs(time: Date | number | string, name: string): number {
  const isSeconds = typeof time === "number" || (typeof time === "string" && time !== "");
  let ms = NaN;
  if (isSeconds) ms = Number(time) * 1000;
  else if (time instanceof Date) ms = time.getTime();
  if (!Number.isFinite(ms)) throw argumentTypeError(name, time, "a Date or a number of seconds");
  return ms;
}
