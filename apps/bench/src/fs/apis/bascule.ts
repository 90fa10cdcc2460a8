import { interval, JoinSet } from "@bascule/core";
import { open, readFile } from "@bascule/fs";
import { constants } from "node:fs";
import type { FileApi, ReadableFile, WritableFile } from "../file-api.ts";

const { O_DIRECT, O_RDONLY } = constants;

/** Bascule, on the driver that BASCULE_DRIVER names: a task for each of those side by side. */
export const BASCULE: FileApi = {
  isBlocking: false,
  canBypassCache: true,
  startClock,
  openForReading,
  openForWriting,
  readFile: (path) => readFile(path),
  openReadClose,
  createWriteClose,
  async runAll(works) {
    await using tasks = new JoinSet<void>();
    for (const work of works) tasks.spawn(work);
    for await (const _ended of tasks) continue;
  },
};

function startClock(onLate: (latenessMs: number) => void): () => Promise<void> {
  const end = new AbortController();
  const ticking = tick(end.signal, onLate);
  return async () => {
    end.abort();
    await ticking;
  };
}

async function tick(signal: AbortSignal, onLate: (latenessMs: number) => void): Promise<void> {
  let beforeMs = performance.now();
  try {
    for await (const _tick of interval(1, { missed: "delay", signal })) {
      const nowMs = performance.now();
      onLate(nowMs - beforeMs - 1);
      beforeMs = nowMs;
    }
  } catch (error) {
    if (error !== signal.reason) throw error;
  }
}

async function openForReading(path: string, bypassCache: boolean): Promise<ReadableFile> {
  const file = await open(path, bypassCache ? O_RDONLY | O_DIRECT : "r");
  return {
    makeReader(length) {
      // Moved into every read, and back: used again, as the other interfaces do with theirs.
      let memory = new ArrayBuffer(length);
      return {
        read: (at) => file.readInto(memory, { at }),
        countOf(result) {
          const { buffer, bytesRead } = result as { buffer: ArrayBuffer; bytesRead: number };
          memory = buffer;
          return bytesRead;
        },
        bytesOf: () => new Uint8Array(memory),
      };
    },
    close: () => file.close(),
  };
}

async function openForWriting(path: string): Promise<WritableFile> {
  const file = await open(path, "w");
  return {
    write: (bytes) => file.write(bytes),
    async finish() {
      await file.sync();
      await file.close();
    },
  };
}

async function openReadClose(path: string, length: number): Promise<number> {
  await using file = await open(path);
  const bytes = await file.read({ length, at: 0 });
  return bytes.byteLength;
}

async function createWriteClose(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, "w");
  await file.write(bytes);
}
