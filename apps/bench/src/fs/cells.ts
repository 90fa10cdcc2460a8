import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { FileApi, WritableFile } from "./file-api.ts";
import {
  boundedConcurrency,
  CHUNK_BYTES,
  DISK_SECONDS_MAX,
  type CellGroup,
  formatBytes,
  type FsSample,
  type FsSettings,
} from "./fs-settings.ts";
import {
  type Counter,
  randomReads,
  sequentialReads,
  smallReads,
  smallWrites,
  wholeReads,
} from "./jobs.ts";
import { measureLive } from "./live.ts";
import { bigPath } from "./test-files.ts";
import { type Job, runJobs } from "./window.ts";

/** How many are under way when one of several thousand small files is opened, read and closed. */
const SMALL_CONCURRENCIES: readonly number[] = [1, 32];

/** One thing that is measured. */
export interface Cell {
  readonly name: string;
  readonly measure: () => Promise<FsSample>;
}

/** What is measured of an interface; settings say of which group. */
export function cellsOf(api: FileApi, settings: FsSettings): Cell[] {
  return GROUPS[settings.group](api, settings);
}

const GROUPS: Readonly<Record<CellGroup, (api: FileApi, settings: FsSettings) => Cell[]>> = {
  random: (api, settings) => randomCells(api, settings, false),
  direct: (api, settings) => (api.canBypassCache ? randomCells(api, settings, true) : []),
  sequential: sequentialCells,
  readFile: wholeCells,
  small: smallCells,
  // A loop that a blocking call holds up is not live at all.
  live: (api, settings) =>
    api.isBlocking
      ? []
      : [{ name: "cold read, 1 ms ticks", measure: () => measureLive(api, settings) }],
};

function randomCells(api: FileApi, settings: FsSettings, bypassCache: boolean): Cell[] {
  const { folder, sizes, seconds } = settings;
  return concurrencies(api, sizes.depths).map((depth) => ({
    name: `depth ${depth}`,
    async measure() {
      const file = await api.openForReading(bigPath(folder), bypassCache);
      const jobs = several(depth, (index) => randomReads(file, sizes.randomBytes, index + 1));
      const sample = await warmAndMeasure(api, jobs, seconds);
      await file.close();
      return sample;
    },
  }));
}

function sequentialCells(api: FileApi, { folder, sizes }: FsSettings): Cell[] {
  return [
    {
      name: "read 1 MiB chunks",
      async measure() {
        const operations = sizes.sequentialReadBytes / CHUNK_BYTES;
        const pass = async (): Promise<FsSample> => {
          const file = await api.openForReading(bigPath(folder), false);
          const limit = { seconds: Infinity, operations };
          const run = await runJobs(api, [sequentialReads(file)], limit);
          const sample = run.sample();
          await file.close();
          return sample;
        };
        await pass();
        return await pass();
      },
    },
    { name: "write 1 MiB chunks, fsync", measure: () => measureWrites(api, folder, sizes) },
  ];
}

async function measureWrites(
  api: FileApi,
  folder: string,
  { sequentialWriteBytes }: FsSettings["sizes"],
): Promise<FsSample> {
  const path = join(folder, "written");
  const chunk = new Uint8Array(new ArrayBuffer(CHUNK_BYTES)).fill(120);
  const job = (file: WritableFile): Job => ({
    start: () => file.write(chunk),
    check: () => CHUNK_BYTES,
  });
  const operations = sequentialWriteBytes / CHUNK_BYTES;
  try {
    const file = await api.openForWriting(path);
    const run = await runJobs(api, [job(file)], { seconds: DISK_SECONDS_MAX, operations });
    await file.finish();
    return run.sample();
  } finally {
    rmSync(path, { force: true });
  }
}

function wholeCells(api: FileApi, { folder, sizes, seconds }: FsSettings): Cell[] {
  return sizes.wholeBytes.flatMap((byteLength) => {
    const bounded = sizes.concurrencies.map((each) => boundedConcurrency(each, byteLength));
    return concurrencies(api, [...new Set(bounded)]).map((concurrency) => ({
      name: `${formatBytes(byteLength)} x ${concurrency}`,
      measure() {
        const jobs = several(concurrency, (index) => wholeReads(api, folder, byteLength, index));
        return warmAndMeasure(api, jobs, seconds);
      },
    }));
  });
}

function smallCells(api: FileApi, { folder, sizes }: FsSettings): Cell[] {
  const { smallFiles } = sizes;
  return concurrencies(api, SMALL_CONCURRENCIES).flatMap((concurrency) => [
    {
      name: `open+read+close x ${concurrency}`,
      async measure() {
        // Once around for the compiler, and to have all of them in memory.
        let sample: FsSample | null = null;
        for (let pass = 0; pass < 2; pass++) {
          const files: Counter = { next: 0 };
          const jobs = several(concurrency, () => smallReads(api, folder, files));
          const run = await runJobs(api, jobs, { seconds: Infinity, operations: smallFiles });
          sample = run.sample();
        }
        return sample as FsSample;
      },
    },
    {
      name: `create+write+close x ${concurrency}`,
      async measure() {
        const target = join(folder, "created");
        mkdirSync(target);
        try {
          const files: Counter = { next: 0 };
          const jobs = several(concurrency, () => smallWrites(api, target, files));
          const limit = { seconds: DISK_SECONDS_MAX, operations: smallFiles };
          const run = await runJobs(api, jobs, limit);
          return run.sample();
        } finally {
          rmSync(target, { recursive: true });
        }
      },
    },
  ]);
}

/** Windows of warm-up before a process's first cell, for the compiler; later ones get a half. */
const FIRST_WARM_WINDOWS = 1.75;
let warmWindows = FIRST_WARM_WINDOWS;

async function warmAndMeasure(
  api: FileApi,
  jobs: readonly Job[],
  seconds: number,
): Promise<FsSample> {
  await runJobs(api, jobs, { seconds: seconds * warmWindows, operations: Infinity });
  warmWindows = 0.5;
  const run = await runJobs(api, jobs, { seconds, operations: Infinity });
  return run.sample();
}

function concurrencies({ isBlocking }: FileApi, all: readonly number[]): readonly number[] {
  return isBlocking ? all.filter((each) => each === 1) : all;
}

function several(count: number, make: (index: number) => Job): Job[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
