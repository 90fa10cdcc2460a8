import { type Block, Runtime, type WaitOptions } from "@bascule/core";
import { O_DIRECTORY, O_RDONLY, readDirectory, visitDirectory } from "@bascule/sys";
import { openDescriptor } from "./open-descriptor.ts";
import { OpenFile } from "./open-file.ts";
import { pathText } from "./path.ts";

/** An entry as the kernel gives it. */
export interface RawEntry {
  /** Bytes of the caller's own. */
  readonly name: Buffer;
  /** One of `DT_*`; `DT_UNKNOWN` where the file system does not say. */
  readonly type: number;
}

/**
 * Reads all entries of an open directory, but `.` and `..`: getdents64(2).
 * @param path for errors
 * @throws (rejects) SystemError, the reason of an abort
 */
export async function readEntries(
  file: OpenFile,
  path: string | Uint8Array,
  options: WaitOptions | undefined,
): Promise<RawEntry[]> {
  const { sendPool } = file.runtime.driver;
  const block: Block = sendPool.take(sendPool.largeBytes);
  const entries: RawEntry[] = [];
  const visit = (bytes: Uint8Array, start: number, end: number, type: number): void => {
    entries.push({ name: Buffer.from(bytes.subarray(start, end)), type });
  };
  try {
    for (;;) {
      const place = { address: block.address, length: block.byteLength };
      const subject = { path: pathText(path) };
      const byteLength = await file.call("scandir", readDirectory, place, options, subject);
      if (byteLength === 0) return entries;
      visitDirectory(block.bytes, byteLength, visit);
    }
  } finally {
    sendPool.give(block);
  }
}

/**
 * Opens a directory, reads all of it, and closes it.
 * @throws (rejects) SystemError with the path
 */
export async function listDirectory(
  path: string | Uint8Array,
  options: WaitOptions | undefined,
): Promise<RawEntry[]> {
  const runtime = Runtime.current();
  const flags = O_RDONLY | O_DIRECTORY;
  const fd = await openDescriptor(runtime, "scandir", path, flags, 0, options);
  const file = new OpenFile(runtime, fd, flags);
  try {
    return await readEntries(file, path, options);
  } finally {
    file.close();
  }
}
