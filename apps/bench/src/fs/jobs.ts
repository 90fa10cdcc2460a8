import type { FileApi, ReadableFile } from "./file-api.ts";
import { CHUNK_BYTES, PAGE_BYTES, SMALL_BYTES } from "./fs-settings.ts";
import { pageMark, smallPath, wholePath } from "./test-files.ts";
import type { Job } from "./window.ts";

/** Marks have so many values before they begin again. */
const MARKS = 2 ** 24;
/** Of random reads one in eight is looked at: that costs as much as a tenth of the read. */
const UNCHECKED_MASK = 7;

/** Reads a page anywhere in the first `byteLength` bytes, each time somewhere else. */
export function randomReads(file: ReadableFile, byteLength: number, seed: number): Job {
  const reader = file.makeReader(PAGE_BYTES);
  const pageMask = byteLength / PAGE_BYTES - 1;
  let state = (seed * 0x9e3779b9) | 1;
  let page = 0;
  return {
    start() {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      page = state & pageMask;
      return reader.read(page * PAGE_BYTES);
    },
    check(result) {
      const count = checkCount(reader.countOf(result), PAGE_BYTES);
      if ((page & UNCHECKED_MASK) === 0) checkMark(reader.bytesOf(result), page);
      return count;
    },
  };
}

/** Reads a file from its beginning, chunk after chunk. */
export function sequentialReads(file: ReadableFile): Job {
  const reader = file.makeReader(CHUNK_BYTES);
  let at = 0;
  return {
    start: () => reader.read(at),
    check(result) {
      const count = checkCount(reader.countOf(result), CHUNK_BYTES);
      checkMark(reader.bytesOf(result), at / PAGE_BYTES);
      at += count;
      return count;
    },
  };
}

/** Reads whole files of one size, one after the other. */
export function wholeReads(api: FileApi, folder: string, byteLength: number, first: number): Job {
  let index = first;
  return {
    start: () => api.readFile(wholePath(folder, byteLength, index++)),
    check(result) {
      checkMark(result as Uint8Array, 0);
      return checkCount((result as Uint8Array).byteLength, byteLength);
    },
  };
}

/** Opens, reads and closes every small file once, shared by all that do so. */
export function smallReads(api: FileApi, folder: string, files: Counter): Job {
  return {
    start: () => api.openReadClose(smallPath(folder, files.next++), PAGE_BYTES),
    check: (result) => checkCount(result as number, SMALL_BYTES),
  };
}

/** Creates small files with a content. */
export function smallWrites(api: FileApi, folder: string, files: Counter): Job {
  const bytes = new Uint8Array(new ArrayBuffer(SMALL_BYTES)).fill(120);
  return {
    start: () => api.createWriteClose(`${folder}/${files.next++}`, bytes),
    check: () => SMALL_BYTES,
  };
}

/** Which file is next. */
export interface Counter {
  next: number;
}

function checkMark(bytes: Uint8Array, page: number): void {
  if (pageMark(bytes) === page % MARKS) return;
  throw new Error(`Read page ${pageMark(bytes)} instead of page ${page % MARKS}`);
}

function checkCount(count: number, byteLength: number): number {
  if (count !== byteLength) throw new Error(`Read ${count} bytes instead of ${byteLength}`);
  return count;
}
