import { mapMemory } from "@bascule/sys";
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from "node:fs";
import type { FileApi, ReadableFile, WritableFile } from "../file-api.ts";

const { O_DIRECT, O_RDONLY } = constants;

/** The blocking calls of `node:fs`: nothing else runs meanwhile. */
export const NODE_SYNC: FileApi = {
  isBlocking: true,
  canBypassCache: true,
  startClock: () => null,
  openForReading,
  openForWriting,
  readFile: (path) => readFileSync(path),
  openReadClose,
  createWriteClose,
  runAll: (works) => Promise.all(works.map((work) => work())),
};

function openForReading(path: string, bypassCache: boolean): ReadableFile {
  const fd = openSync(path, bypassCache ? O_RDONLY | O_DIRECT : "r");
  return {
    makeReader(length) {
      const memory = mapMemory(length).bytes;
      return {
        read: (at) => readSync(fd, memory, 0, length, at),
        countOf: (result) => result as number,
        bytesOf: () => memory,
      };
    },
    close: () => closeSync(fd),
  };
}

function openForWriting(path: string): WritableFile {
  const fd = openSync(path, "w");
  return {
    write: (bytes) => writeSync(fd, bytes, 0, bytes.byteLength),
    finish() {
      fsyncSync(fd);
      closeSync(fd);
    },
  };
}

function openReadClose(path: string, length: number): number {
  const fd = openSync(path, "r");
  const bytesRead = readSync(fd, Buffer.allocUnsafe(length), 0, length, 0);
  closeSync(fd);
  return bytesRead;
}

function createWriteClose(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, "w");
  writeSync(fd, bytes, 0, bytes.byteLength);
  closeSync(fd);
}
