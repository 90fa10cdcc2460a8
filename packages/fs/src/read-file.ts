import { Runtime, type WaitOptions } from "@bascule/core";
import { S_IFREG } from "@bascule/sys";
import { checkEncoding } from "./arguments.ts";
import { fileTooLargeError } from "./errors.ts";
import { File } from "./file.ts";
import { typeOfDescriptor } from "./file-type.ts";
import { openDescriptor } from "./open-descriptor.ts";
import { OpenFile } from "./open-file.ts";
import { parseFlags } from "./open-flags.ts";
import { type PathLike, toPath } from "./path.ts";

const CHUNK_BYTES = 64 * 1024;
/** The largest file that fits in one array, as in Node. */
const FILE_BYTES_MAX = 0x7fffffff;

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
 * position.
 *
 * Abort rejects with the reason and leaves nothing open.
 * @throws (rejects) SystemError (`ENOENT`, `EISDIR`, `EACCES` …), RangeError
 *   `ERR_FS_FILE_TOO_LARGE` from 2 GiB
 * @example
 * ```ts
 * import { readFile } from "@bascule/fs";
 * const text = await readFile("/proc/self/comm", "utf8");
 * if (!text.endsWith("\n")) throw new Error("that is no name");
 * ```
 */
export async function readFile(
  path: PathLike | File,
  options?: (ReadFileOptions & { encoding?: null | undefined }) | null,
): Promise<Buffer>;
export async function readFile(
  path: PathLike | File,
  options: (ReadFileOptions & { encoding: BufferEncoding }) | BufferEncoding,
): Promise<string>;
export async function readFile(
  path: PathLike | File,
  options?: ReadFileOptions | BufferEncoding | null,
): Promise<Buffer | string>;
export async function readFile(
  path: PathLike | File,
  options?: ReadFileOptions | BufferEncoding | null,
): Promise<Buffer | string> {
  const settings = typeof options === "string" ? { encoding: options } : (options ?? {});
  const encoding = checkEncoding(settings.encoding);
  const bytes = path instanceof File ? await rest(path, settings) : await whole(path, settings);
  return encoding === undefined ? bytes : bytes.toString(encoding);
}

async function whole(path: PathLike, options: ReadFileOptions): Promise<Buffer> {
  const target = toPath(path);
  const flags = parseFlags(options.flag ?? "r");
  const runtime = Runtime.current();
  const fd = await openDescriptor(runtime, "open", target, flags, 0o666, options);
  const file = new OpenFile(runtime, fd, flags);
  try {
    const { type, size } = typeOfDescriptor(runtime, fd);
    if (type === S_IFREG && size > FILE_BYTES_MAX) throw fileTooLargeError(size);
    if (type !== S_IFREG || size === 0) {
      return await gather(() => readChunk(file, options));
    }
    const buffer = new ArrayBuffer(size);
    return Buffer.from(buffer, 0, await file.readInto(buffer, 0, options));
  } finally {
    file.close();
  }
}

async function rest(file: File, { signal }: ReadFileOptions): Promise<Buffer> {
  return await gather(() => file.read({ length: CHUNK_BYTES, signal }));
}

async function readChunk(file: OpenFile, options: ReadFileOptions): Promise<Uint8Array> {
  const buffer = new ArrayBuffer(CHUNK_BYTES);
  return new Uint8Array(buffer, 0, await file.readInto(buffer, -1, options));
}

/** Reads until nothing comes any more. */
async function gather(next: () => Promise<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = await next();
    if (chunk.byteLength === 0) return Buffer.concat(chunks);
    chunks.push(chunk);
  }
}
