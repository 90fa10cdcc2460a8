import { noteBytesWritten, Runtime, type WaitOptions } from "@bascule/core";
import { fsync, O_EXCL } from "@bascule/sys";
import {
  checkBoolean,
  checkEncoding,
  encodingSettings,
  type FileData,
  toBytes,
} from "./arguments.ts";
import { replaceFile } from "./atomic.ts";
import { argumentValueError } from "./errors.ts";
import { File } from "./file.ts";
import { openDescriptor } from "./open-descriptor.ts";
import { OpenFile } from "./open-file.ts";
import { parseFlags, parseMode } from "./open-flags.ts";
import { type PathLike, toPath } from "./path.ts";

/** What a whole file can be made of: bytes, text, or pieces of either that come one by one. */
export type WholeData = FileData | Iterable<FileData> | AsyncIterable<FileData>;

/** Options of {@link writeFile}. */
export interface WriteFileOptions extends WaitOptions {
  /** Of text; `"utf8"`. */
  encoding?: BufferEncoding | null | undefined;
  /** Permissions of a file that is created, less the umask; `0o666`. */
  mode?: number | string | undefined;
  /** How to open it; `"w"`. */
  flag?: string | number | undefined;
  /** Have it on the disk before the promise resolves: fsync(2). */
  flush?: boolean | undefined;
  /**
   * All or nothing: writes a temporary file beside it, has that on the disk, and renames it. Who
   * opens the path sees the old content or the new; a file that was there keeps its owner, where
   * that is permitted, and its permissions unless `mode` is given, and an abort or an error leaves
   * no trace. For regular files, with the flags `"w"` and `"wx"`.
   */
  atomic?: boolean | undefined;
}

/**
 * Writes a whole file, in place of what was there: openat(2), write(2). An open file is written at
 * its own position.
 *
 * Abort rejects with the reason, whose `bytesWritten` says how much went out, and leaves nothing
 * open; with `atomic` the old content stays.
 * @throws (rejects) SystemError (`ENOENT`, `EISDIR`, `ENOSPC` with `bytesWritten` …), TypeError
 * @example
 * ```ts
 * import { mkdtemp, readFile, rm, writeFile } from "@bascule/fs";
 * const folder = await mkdtemp("/tmp/bascule-");
 * await writeFile(`${folder}/settings.json`, "{}", { atomic: true });
 * if ((await readFile(`${folder}/settings.json`, "utf8")) !== "{}") throw new Error("lost");
 * await rm(folder, { recursive: true });
 * ```
 */
export async function writeFile(
  path: PathLike | File,
  data: WholeData,
  options?: WriteFileOptions | BufferEncoding | null,
): Promise<void> {
  await writeWhole(path, data, encodingSettings<WriteFileOptions>(options, {}), "w");
}

/** As {@link writeFile}, after what is in the file already; `flag` is `"a"`. Never `atomic`. */
export async function appendFile(
  path: PathLike | File,
  data: WholeData,
  options?: WriteFileOptions | BufferEncoding | null,
): Promise<void> {
  await writeWhole(path, data, encodingSettings<WriteFileOptions>(options, {}), "a");
}

async function writeWhole(
  path: PathLike | File,
  data: WholeData,
  options: WriteFileOptions,
  defaultFlag: string,
): Promise<void> {
  const encoding = checkEncoding(options.encoding);
  checkBoolean(options.flush ?? undefined, "options.flush");
  checkBoolean(options.atomic ?? undefined, "options.atomic");
  const parts = partsOf(data, encoding);
  if (path instanceof File) {
    if (options.atomic === true) throw atomicError("an open file: pass its path");
    const { signal } = options;
    await writeParts(parts, (part) => path.write(part, { signal }));
    if (options.flush === true) await path.sync(options);
    return;
  }
  const target = toPath(path);
  const mode = parseMode(options.mode ?? 0o666);
  const flags = parseFlags(options.flag ?? defaultFlag);
  const runtime = Runtime.current();
  const writeAll = (file: OpenFile): Promise<void> =>
    writeParts(parts, (part) => file.writeAll(part, null, -1, options));
  if (options.atomic === true) {
    const replacement = {
      mode: options.mode === undefined ? null : mode,
      isExclusive: checkAtomicFlags(flags, options.flag, defaultFlag),
    };
    await replaceFile(runtime, target, replacement, writeAll, options);
    return;
  }
  const fd = await openDescriptor(runtime, "open", target, flags, mode, options);
  const file = new OpenFile(runtime, fd, flags);
  try {
    await writeAll(file);
    if (options.flush === true) await file.call("fsync", fsync, {}, options);
  } finally {
    file.close();
  }
}

/** Refuses what would keep something of the old file. @returns whether there may be none */
function checkAtomicFlags(
  flags: number,
  flag: string | number | undefined,
  defaultFlag: string,
): boolean {
  if (defaultFlag === "a") throw atomicError("appendFile: read the file, and write all of it");
  if ((flags & ~O_EXCL) !== parseFlags("w")) {
    throw argumentValueError("flag", flag, 'must be "w" or "wx" with atomic, or leave atomic out');
  }
  return (flags & O_EXCL) !== 0;
}

function atomicError(forWhat: string): TypeError {
  return argumentValueError("atomic", true, `cannot be used with ${forWhat}`);
}

/** Writes one part after the other; an error counts what went out of all of them. */
async function writeParts(
  parts: Uint8Array[] | AsyncIterable<Uint8Array>,
  write: (part: Uint8Array) => Promise<void>,
): Promise<void> {
  let before = 0;
  for await (const bytes of parts) {
    try {
      await write(bytes);
    } catch (error) {
      const written = (error as { bytesWritten?: number }).bytesWritten ?? 0;
      if (before > 0) noteBytesWritten(error, before + written);
      throw error;
    }
    before += bytes.byteLength;
  }
}

/** Bad data is refused before anything is opened. */
function partsOf(
  data: WholeData,
  encoding: BufferEncoding | undefined,
): Uint8Array[] | AsyncIterable<Uint8Array> {
  if (typeof data === "object" && data !== null && !ArrayBuffer.isView(data)) {
    if (Symbol.asyncIterator in data || Symbol.iterator in data) return eachPart(data, encoding);
  }
  return [toBytes(data, encoding)];
}

async function* eachPart(
  data: Iterable<FileData> | AsyncIterable<FileData>,
  encoding: BufferEncoding | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const part of data) yield toBytes(part, encoding);
}
