import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import {
  CHUNK_BYTES,
  type FsSizes,
  PAGE_BYTES,
  SMALL_BYTES,
  wholeFileCount,
} from "./fs-settings.ts";

/** Where the file is that random and sequential reads read. */
export function bigPath(folder: string): string {
  return join(folder, "big");
}

/** Where one of the files is that `readFile` reads. */
export function wholePath(folder: string, byteLength: number, index: number): string {
  return join(folder, `whole-${byteLength}-${index % wholeFileCount(byteLength)}`);
}

/** Where one of the small files is. */
export function smallPath(folder: string, index: number): string {
  return join(folder, "small", String(index));
}

/** A page's number, which begins it: so that a read from a wrong place is noticed. */
export function pageMark(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16);
}

/** Makes the files in a new folder, and has them on the disk. */
export function makeTestFiles(parent: string, sizes: FsSizes): string {
  const folder = mkdtempSync(join(parent, "bascule-bench-"));
  try {
    writePages(bigPath(folder), sizes.bigBytes);
    for (const byteLength of sizes.wholeBytes) {
      for (let index = wholeFileCount(byteLength); index > 0; index--) {
        writePages(wholePath(folder, byteLength, index), byteLength);
      }
    }
    mkdirSync(join(folder, "small"));
    for (let index = 0; index < sizes.smallFiles; index++) {
      writePages(smallPath(folder, index), SMALL_BYTES);
    }
    return folder;
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
}

function writePages(path: string, byteLength: number): void {
  const chunk = crypto.getRandomValues(new Uint8Array(PAGE_BYTES));
  const block = new Uint8Array(Math.min(CHUNK_BYTES, byteLength));
  for (let at = 0; at < block.byteLength; at += PAGE_BYTES) {
    block.set(chunk.subarray(0, block.byteLength - at), at);
  }
  const fd = openSync(path, "wx");
  for (let start = 0; start < byteLength; start += block.byteLength) {
    for (let at = 0; at < block.byteLength; at += PAGE_BYTES) {
      const page = (start + at) / PAGE_BYTES;
      block[at] = page & 255;
      block[at + 1] = (page >> 8) & 255;
      block[at + 2] = (page >> 16) & 255;
    }
    writeSync(fd, block);
  }
  if (byteLength >= CHUNK_BYTES) fsyncSync(fd);
  closeSync(fd);
}
