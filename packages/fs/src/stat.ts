import { type Descriptor, type Runtime, SystemError, type WaitOptions } from "@bascule/core";
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  ENOENT,
  STATX_ALL,
  STATX_BYTES,
  statAt,
} from "@bascule/sys";
import { PathCall } from "./path-call.ts";
import { type PathLike, toPath } from "./path.ts";
import { type BigIntStats, type Stats, statsOf } from "./stats.ts";

/** Options of {@link stat} and {@link lstat}. */
export interface StatOptions extends WaitOptions {
  /** Exact numbers: see {@link BigIntStats}. */
  bigint?: boolean | undefined;
}

/**
 * Tells about a file: statx(2). Symbolic links are followed. Abort rejects with the reason.
 * @throws (rejects) SystemError (`ENOENT`, `EACCES`, `ELOOP`, `ENOTDIR` …)
 * @example
 * ```ts
 * import { stat } from "@bascule/fs";
 * const stats = await stat("/");
 * if (!stats.isDirectory()) throw new Error("the root is no directory");
 * ```
 */
export async function stat(
  path: PathLike,
  options: StatOptions & { bigint: true },
): Promise<BigIntStats>;
export async function stat(
  path: PathLike,
  options?: StatOptions & { bigint?: false | undefined },
): Promise<Stats>;
export async function stat(path: PathLike, options?: StatOptions): Promise<Stats | BigIntStats> {
  return await statPath("stat", path, 0, options);
}

/**
 * As {@link stat}, but about a symbolic link itself.
 */
export async function lstat(
  path: PathLike,
  options: StatOptions & { bigint: true },
): Promise<BigIntStats>;
export async function lstat(
  path: PathLike,
  options?: StatOptions & { bigint?: false | undefined },
): Promise<Stats>;
export async function lstat(path: PathLike, options?: StatOptions): Promise<Stats | BigIntStats> {
  return await statPath("lstat", path, AT_SYMLINK_NOFOLLOW, options);
}

/** Tells about an open file. */
export async function statDescriptor(
  runtime: Runtime,
  descriptor: Descriptor,
  options: WaitOptions,
): Promise<Stats>;
export async function statDescriptor(
  runtime: Runtime,
  descriptor: Descriptor,
  options?: StatOptions,
): Promise<Stats | BigIntStats>;
export async function statDescriptor(
  runtime: Runtime,
  descriptor: Descriptor,
  options?: StatOptions,
): Promise<Stats | BigIntStats> {
  using call = new PathCall("fstat", "", { extraBytes: STATX_BYTES, runtime, descriptor });
  return await finishStat(call, AT_EMPTY_PATH, options);
}

/**
 * As {@link lstat}, for a step of another call, whose name and path errors have.
 * @param absences which `-errno`s say that there is nothing
 * @returns null when there is nothing
 */
export async function lookAt(
  syscall: string,
  path: string | Uint8Array,
  shown: string | Uint8Array,
  { signal }: WaitOptions,
  absences: readonly number[] = [-ENOENT],
): Promise<Stats | null> {
  try {
    using call = new PathCall(syscall, path, { extraBytes: STATX_BYTES, shown });
    return (await finishStat(call, AT_SYMLINK_NOFOLLOW, { signal })) as Stats;
  } catch (error) {
    if (error instanceof SystemError && absences.includes(error.errno)) return null;
    throw error;
  }
}

async function statPath(
  syscall: string,
  path: PathLike,
  flags: number,
  options: StatOptions | undefined,
): Promise<Stats | BigIntStats> {
  using call = new PathCall(syscall, toPath(path), { extraBytes: STATX_BYTES });
  return await finishStat(call, flags, options);
}

async function finishStat(
  call: PathCall,
  flags: number,
  options: StatOptions | undefined,
): Promise<Stats | BigIntStats> {
  call.frame.length = STATX_ALL;
  call.frame.offset = call.extra;
  call.frame.flags = flags;
  await call.run(statAt, options);
  return statsOf(call.bytes(STATX_BYTES), options?.bigint);
}
