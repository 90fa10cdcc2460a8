import { closeSync, openSync, readSync } from "node:fs";
import { registerBlocking } from "@bascule/core";

const CHUNK_BYTES = 1 << 20;

/**
 * The SHA-256 of a file, in hexadecimal digits. It computes for long, and its reads wait for the
 * disk: on the main thread both would hold everything else up. On a thread of the pool they may,
 * and the plainest code is the right one.
 * @param path as bytes, which a name need not be UTF-8 for
 */
export function hashFile(path: Uint8Array): string {
  const fd = openSync(Buffer.from(path), "r");
  try {
    const hasher = new Bun.CryptoHasher("sha256");
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const count = readSync(fd, chunk);
      if (count === 0) return hasher.digest("hex");
      hasher.update(chunk.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
}

// A worker imports this module to find the function; a closure could not leave its thread.
registerBlocking(hashFile, import.meta.url);
