import { mapMemory } from "@bascule/sys";
import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import type { FileApi, ReadableFile, WritableFile } from "../file-api.ts";

const { O_DIRECT, O_RDONLY } = constants;

/** `node:fs/promises` as Bun has it: a pool of threads makes the calls. */
export const NODE_PROMISES: FileApi = {
  isBlocking: false,
  canBypassCache: true,
  startClock: () => null,
  openForReading,
  openForWriting,
  readFile: (path) => readFile(path),
  openReadClose,
  createWriteClose,
  runAll: (works) => Promise.all(works.map((work) => work())),
};

async function openForReading(path: string, bypassCache: boolean): Promise<ReadableFile> {
  const file = await open(path, bypassCache ? O_RDONLY | O_DIRECT : "r");
  return {
    makeReader(length) {
      // On a page boundary, where O_DIRECT wants it, and used again for every read.
      const memory = mapMemory(length).bytes;
      return {
        read: (at) => file.read(memory, 0, length, at),
        countOf: (result) => (result as { bytesRead: number }).bytesRead,
        bytesOf: () => memory,
      };
    },
    close: () => file.close(),
  };
}

async function openForWriting(path: string): Promise<WritableFile> {
  const file = await open(path, "w");
  return {
    write: (bytes) => file.write(bytes, 0, bytes.byteLength),
    async finish() {
      await file.sync();
      await file.close();
    },
  };
}

async function openReadClose(path: string, length: number): Promise<number> {
  const file = await open(path);
  try {
    const { bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, 0);
    return bytesRead;
  } finally {
    await file.close();
  }
}

async function createWriteClose(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.write(bytes, 0, bytes.byteLength);
  } finally {
    await file.close();
  }
}
