import { Runtime, type WaitOptions } from "@bascule/core";
import { ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, O_PATH, readlinkAt } from "@bascule/sys";
import { checkEncoding, encodingSettings } from "./arguments.ts";
import { fileError } from "./errors.ts";
import { openDescriptor } from "./open-descriptor.ts";
import { PathCall } from "./path-call.ts";
import { type PathLike, pathText, toPath } from "./path.ts";
import { lookAt, stat } from "./stat.ts";
import { systemOf } from "./system.ts";

const LINK_BYTES_MAX = 4096;
const SLASH = 0x2f;
/** What the kernel adds to a name that is no more, and what a name may really end with. */
const DELETED = " (deleted)";
/** Of a path that may never have been one. */
const ABSENCES = [-ENOENT, -ENOTDIR, -ELOOP, -ENAMETOOLONG];

/** Options of what gives paths. */
export interface PathOptions extends WaitOptions {
  /** How the bytes of a path become text; `"utf8"`. `"buffer"` leaves them bytes. */
  encoding?: BufferEncoding | "buffer" | null | undefined;
}

/** Options that ask for bytes. */
export type BytesOptions = PathOptions & { encoding: "buffer" };

/**
 * What a symbolic link holds: readlinkat(2). Abort rejects with the reason.
 * @throws (rejects) SystemError (`ENOENT`, `EINVAL` for what is no symbolic link …)
 */
export async function readlink(path: PathLike, options: BytesOptions | "buffer"): Promise<Buffer>;
export async function readlink(
  path: PathLike,
  options?: PathOptions | BufferEncoding | null,
): Promise<string>;
export async function readlink(
  path: PathLike,
  options?: PathOptions | BufferEncoding | "buffer" | null,
): Promise<string | Buffer> {
  const settings = pathSettings(options);
  return inEncoding(await readlinkPath("readlink", toPath(path), settings), settings);
}

/**
 * The absolute path without symbolic links, `.` and `..`: openat(2) with `O_PATH`, and what
 * `/proc/self/fd` says of it. Abort rejects with the reason.
 * @throws (rejects) SystemError (`ENOENT`, `ELOOP`, `EACCES` …)
 * @example
 * ```ts
 * import { realpath } from "@bascule/fs";
 * if ((await realpath("/proc/../proc/.")) !== "/proc") throw new Error("a detour is left");
 * ```
 */
export async function realpath(path: PathLike, options: BytesOptions | "buffer"): Promise<Buffer>;
export async function realpath(
  path: PathLike,
  options?: PathOptions | BufferEncoding | null,
): Promise<string>;
export async function realpath(
  path: PathLike,
  options?: PathOptions | BufferEncoding | "buffer" | null,
): Promise<string | Buffer> {
  const settings = pathSettings(options);
  const runtime = Runtime.current();
  const asked = toPath(path);
  const fd = await openDescriptor(runtime, "realpath", asked, O_PATH, 0, settings);
  try {
    const shown = `/proc/self/fd/${fd}`;
    const found = await readlinkPath("realpath", shown, settings, asked);
    if (!(await isPath(found, shown, asked, settings))) {
      throw fileError(runtime, "realpath", -ENOENT, { path: pathText(asked) });
    }
    return inEncoding(found, settings);
  } finally {
    systemOf(runtime).closeDescriptor(fd);
  }
}

/** Of a pipe, or of a name that is no more, the kernel says something that is no path. */
async function isPath(
  found: Buffer,
  opened: string,
  asked: string | Uint8Array,
  options: WaitOptions,
): Promise<boolean> {
  if (found[0] !== SLASH) return false;
  if (!found.toString("latin1").endsWith(DELETED)) return true;
  const there = await lookAt("realpath", found, asked, options, ABSENCES);
  if (there === null) return false;
  const { ino, dev } = await stat(opened, { signal: options.signal });
  return there.ino === ino && there.dev === dev;
}

/**
 * The bytes that a symbolic link holds.
 * @param shown the path that errors are about
 */
export async function readlinkPath(
  syscall: string,
  path: string | Uint8Array,
  options: WaitOptions,
  shown: string | Uint8Array = path,
): Promise<Buffer> {
  using call = new PathCall(syscall, path, { extraBytes: LINK_BYTES_MAX, shown });
  call.frame.offset = call.extra;
  call.frame.length = LINK_BYTES_MAX;
  const byteLength = await call.run(readlinkAt, options);
  return Buffer.from(call.bytes(byteLength));
}

/** Options of Node's two shapes, an object or an encoding. */
export function pathSettings(
  options: PathOptions | BufferEncoding | "buffer" | null | undefined,
): PathOptions {
  const settings = encodingSettings<PathOptions>(options, {});
  checkEncoding(settings.encoding);
  return settings;
}

/** A path as it was asked for. */
export function inEncoding(bytes: Buffer, options: PathOptions): string | Buffer {
  const { encoding } = options;
  if (encoding === "buffer") return bytes;
  return bytes.toString(checkEncoding(encoding) ?? "utf8");
}
