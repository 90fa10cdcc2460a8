import { closeSync, fsyncSync, openSync } from "node:fs";
import type { FileApi, ReadableFile, WritableFile } from "../file-api.ts";

/** `Bun.file` and `Bun.write`, which open and close by themselves. */
export const BUN_FILE: FileApi = {
  isBlocking: false,
  canBypassCache: false,
  startClock: () => null,
  openForReading,
  openForWriting,
  readFile: (path) => Bun.file(path).bytes(),
  async openReadClose(path) {
    const bytes = await Bun.file(path).bytes();
    return bytes.byteLength;
  },
  createWriteClose: (path, bytes) => Bun.write(path, bytes),
  runAll: (works) => Promise.all(works.map((work) => work())),
};

function openForReading(path: string): ReadableFile {
  const file = Bun.file(path);
  return {
    makeReader: (length) => ({
      read: (at) => file.slice(at, at + length).bytes(),
      countOf: (result) => (result as Uint8Array).byteLength,
      bytesOf: (result) => result as Uint8Array,
    }),
    close() {},
  };
}

function openForWriting(path: string): WritableFile {
  const sink = Bun.file(path).writer();
  return {
    async write(bytes) {
      await sink.write(bytes);
      await sink.flush();
    },
    async finish() {
      await sink.end();
      // There is no fsync for a sink.
      const fd = openSync(path, "r+");
      fsyncSync(fd);
      closeSync(fd);
    },
  };
}
