import type { WaitOptions } from "@bascule/core";
import { checkLength, checkOffset } from "./arguments.ts";
import type { File } from "./file.ts";

const CHUNK_BYTES = 64 * 1024;

/** Options of `chunks`. */
export interface ChunkOptions extends WaitOptions {
  /** Bytes of each chunk but the last; 64 KiB. */
  size?: number | undefined;
  /** Where to begin; the file's own position when it is left out. */
  at?: number | undefined;
  /**
   * Where to end, not included; the end of the file when it is left out, or Infinity. Without `at`
   * it is counted, as in Node, from the file's own position: so many bytes at most.
   */
  end?: number | undefined;
}

/** Reads chunk by chunk, each when it is asked for. */
export async function* readChunks(
  file: File,
  options: ChunkOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal } = options;
  const size = checkLength(options.size ?? CHUNK_BYTES, "size");
  let at = options.at === undefined ? undefined : checkOffset(options.at, "at");
  const { end = Infinity } = options;
  let left = end === Infinity ? end : checkOffset(end, "end") - (at ?? 0);
  while (left > 0) {
    const length = Math.min(size, left);
    const chunk = await file.read({ length, at, signal });
    if (chunk.byteLength === 0) return;
    if (at !== undefined) at += chunk.byteLength;
    left -= chunk.byteLength;
    yield chunk;
  }
}
