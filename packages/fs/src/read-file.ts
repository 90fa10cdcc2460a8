import { Runtime, spendBudget, Turns, type WaitOptions, yieldNow } from "@bascule/core";
import { S_IFREG } from "@bascule/sys";
import { checkEncoding, checkSignal, encodingSettings } from "./arguments.ts";
import { fileTooLargeError } from "./errors.ts";
import { File } from "./file.ts";
import { typeOfDescriptor } from "./file-type.ts";
import { gather } from "./gather.ts";
import { openDescriptor } from "./open-descriptor.ts";
import { OpenFile } from "./open-file.ts";
import { parseFlags } from "./open-flags.ts";
import { type PathLike, toPath } from "./path.ts";
import { readFileNow } from "./read-file-now.ts";
import { bufferToRead, keepRead, memoryToRead } from "./read-memory.ts";

const CHUNK_BYTES = 64 * 1024;
/** The largest file that fits in one array, as in Node. */
const FILE_BYTES_MAX = 0x7fffffff;
/** Large files that are read at the same time have so many bytes together, or it is one. */
const LARGE_BYTES_MAX = 32 << 20;
/** A file of two such parts or more is read in several of them at a time. */
const PART_BYTES = 4 << 20;
const LANES_MAX = Math.min(4, navigator.hardwareConcurrency);
const NO_OPTIONS: ReadFileOptions = {};

/** Options of {@link readFile}. */
export interface ReadFileOptions extends WaitOptions {
  /** Gives text; left out, or null, bytes. */
  encoding?: BufferEncoding | null | undefined;
  /** How to open it; `"r"`. */
  flag?: string | number | undefined;
}

/**
 * Reads a whole file, straight into memory of the caller's: openat(2), pread(2). What has no size,
 * such as files in `/proc` and FIFOs, is read to its end. An open file is read from its own
 * position. Large files take turns: 32 MiB are under way together, or one file.
 *
 * Abort rejects with the reason and leaves nothing open.
 * @throws (rejects) SystemError (`ENOENT`, `EISDIR`, `EACCES` …), RangeError
 *   `ERR_FS_FILE_TOO_LARGE` from 2 GiB, of what has no size once so much has come
 * @example
 * ```ts
 * import { readFile } from "@bascule/fs";
 * const text = await readFile("/proc/self/comm", "utf8");
 * if (!text.endsWith("\n")) throw new Error("that is no name");
 * ```
 */
export function readFile(
  path: PathLike | File,
  options?: (ReadFileOptions & { encoding?: null | undefined }) | null,
): Promise<Buffer>;
export function readFile(
  path: PathLike | File,
  options: (ReadFileOptions & { encoding: BufferEncoding }) | BufferEncoding,
): Promise<string>;
export function readFile(
  path: PathLike | File,
  options?: ReadFileOptions | BufferEncoding | null,
): Promise<Buffer | string>;
export function readFile(
  path: PathLike | File,
  options?: ReadFileOptions | BufferEncoding | null,
): Promise<Buffer | string> {
  try {
    const settings = encodingSettings(options, NO_OPTIONS);
    checkSignal(settings);
    const encoding = checkEncoding(settings.encoding);
    if (path instanceof File) return inEncoding(rest(path, settings), encoding);
    const target = toPath(path);
    const flags = parseFlags(settings.flag ?? "r");
    const runtime = Runtime.current();
    if (!spendBudget(settings)) {
      return inEncoding(inTurn(runtime, target, flags, settings), encoding);
    }
    const found = readFileNow(runtime, target, flags, settings);
    if (typeof found === "number") {
      return inEncoding(whole(runtime, target, found, flags, settings), encoding);
    }
    return Promise.resolve(encoding === undefined ? found : found.toString(encoding));
  } catch (error) {
    return Promise.reject(error);
  }
}

async function inEncoding(
  reading: Promise<Buffer>,
  encoding: BufferEncoding | undefined,
): Promise<Buffer | string> {
  const bytes = await reading;
  return encoding === undefined ? bytes : bytes.toString(encoding);
}

/** For a task that has had its share: others come first. */
async function inTurn(
  runtime: Runtime,
  path: string | Uint8Array,
  flags: number,
  options: ReadFileOptions,
): Promise<Buffer> {
  await yieldNow(options);
  const found = readFileNow(runtime, path, flags, options);
  return typeof found === "number" ? whole(runtime, path, found, flags, options) : found;
}

/** @param opened its descriptor, or -1 when it is not open yet */
async function whole(
  runtime: Runtime,
  path: string | Uint8Array,
  opened: number,
  flags: number,
  options: ReadFileOptions,
): Promise<Buffer> {
  const fd =
    opened >= 0 ? opened : await openDescriptor(runtime, "open", path, flags, 0o666, options);
  const file = new OpenFile(runtime, fd, flags);
  try {
    const { type, size } = typeOfDescriptor(runtime, fd);
    if (type !== S_IFREG || size === 0)
      return await gather(() => readChunk(file, options), FILE_BYTES_MAX);
    if (size > FILE_BYTES_MAX) throw fileTooLargeError(size);
    return await readLarge(file, size, options);
  } finally {
    file.close();
  }
}

/** The turns of large files, of each runtime. */
const largeReads = new WeakMap<Runtime, Turns>();

/**
 * Reads a file that is too large for one stroke, in its turn. Memory is made when the turn has
 * come: what is read soon after it was made dies young, and its pages are used again.
 */
async function readLarge(file: OpenFile, size: number, options: ReadFileOptions): Promise<Buffer> {
  const { runtime } = file;
  let turns = largeReads.get(runtime);
  if (turns === undefined) largeReads.set(runtime, (turns = new Turns(LARGE_BYTES_MAX)));
  const weight = Math.min(size, LARGE_BYTES_MAX);
  if (!turns.tryEnter(weight)) await turns.enter(options, weight);
  try {
    // One at a time is read by the loop's own thread, several by as many threads as there are.
    file.isForThreads = turns.taken > weight;
    const content = bufferToRead(runtime, size);
    const count =
      size < 2 * PART_BYTES
        ? await file.readInto(content, 0, options)
        : await readParts(file, content, options);
    return count === size ? content : Buffer.from(content.subarray(0, count));
  } finally {
    turns.leave(weight);
  }
}

/**
 * Fills the memory from the file's beginning, several parts at a time: most of the time goes into
 * copying, and into making the memory's pages, which more than one thread can do.
 * @returns how much there was
 */
async function readParts(
  file: OpenFile,
  content: Uint8Array,
  options: ReadFileOptions,
): Promise<number> {
  let next = 0;
  let end = content.byteLength;
  const readLane = async (): Promise<void> => {
    while (next < end) {
      const from = next;
      next += PART_BYTES;
      const part = content.subarray(from, next);
      const count = await file.readInto(part, from, options);
      if (count < part.byteLength) end = Math.min(end, from + count);
    }
  };
  const lanes = Array.from({ length: LANES_MAX }, readLane);
  const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return end;
}

async function rest(file: File, { signal }: ReadFileOptions): Promise<Buffer> {
  return await gather(() => file.read({ length: CHUNK_BYTES, signal }), FILE_BYTES_MAX);
}

async function readChunk(file: OpenFile, options: ReadFileOptions): Promise<Uint8Array> {
  const bytes = memoryToRead(file.runtime, CHUNK_BYTES);
  return keepRead(bytes, await file.readInto(bytes, -1, options));
}
