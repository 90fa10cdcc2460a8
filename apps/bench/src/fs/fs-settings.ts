/** Groups of cells, in the order in which they are measured. */
export const CELL_GROUPS = ["random", "direct", "sequential", "readFile", "small", "live"] as const;

/** Name of a group of cells. */
export type CellGroup = (typeof CELL_GROUPS)[number];

/** Names of the interfaces that are compared. */
export type ApiName = "bascule" | "node-promises" | "node-sync" | "bun-file";

/** How much there is of everything. */
export interface FsSizes {
  readonly bigBytes: number;
  /** The part of the big file that random reads go to: a power of two. */
  readonly randomBytes: number;
  readonly sequentialReadBytes: number;
  readonly sequentialWriteBytes: number;
  readonly wholeBytes: readonly number[];
  readonly concurrencies: readonly number[];
  readonly depths: readonly number[];
  readonly smallFiles: number;
}

/** What a process is to measure. */
export interface FsSettings {
  readonly api: ApiName;
  readonly group: CellGroup;
  /** Where the test files are. */
  readonly folder: string;
  /** Length of one measured window, where the clock ends it. */
  readonly seconds: number;
  readonly sizes: FsSizes;
}

/** The figures of one cell in one round. */
export interface FsSample {
  readonly operationsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** Of one operation; in `live` how late a tick of a millisecond was. */
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** Time of all threads of the process, the kernel's on its behalf included. */
  readonly userMicrosPerOperation: number;
  readonly systemMicrosPerOperation: number;
  readonly cpuMicrosPerOperation: number;
}

/** One cell as a process measured it, or why it could not. */
export interface FsCellResult {
  readonly cell: string;
  readonly sample: FsSample | null;
  readonly failure: string | null;
}

/** 4 KiB: a page, and what random reads read. */
export const PAGE_BYTES = 4096;

/** What sequential reads and writes move at a time. */
export const CHUNK_BYTES: number = 1 << 20;

/** Bytes of each of the small files. */
export const SMALL_BYTES = 1024;

/** Where a slow disk sets the pace, a round ends after so many seconds. */
export const DISK_SECONDS_MAX = 2.5;

/** The same for the cold read, which is to last for a while. */
export const COLD_SECONDS_MAX = 6;

/** The most that whole files may take while they are read side by side. */
const IN_FLIGHT_BYTES_MAX: number = 2 ** 30;

const FULL_SIZES: FsSizes = {
  bigBytes: 2 ** 31,
  randomBytes: 2 ** 30,
  sequentialReadBytes: 2 ** 30,
  sequentialWriteBytes: 2 ** 28,
  wholeBytes: [4096, 65_536, 1 << 20, 1 << 26],
  concurrencies: [1, 16, 256],
  depths: [1, 32, 128],
  smallFiles: 10_000,
};

const QUICK_SIZES: FsSizes = {
  bigBytes: 4 << 20,
  randomBytes: 1 << 20,
  sequentialReadBytes: 4 << 20,
  sequentialWriteBytes: 2 << 20,
  wholeBytes: [4096, 1 << 20],
  concurrencies: [1, 16],
  depths: [1, 32],
  smallFiles: 100,
};

export function sizesFor(quick: boolean): FsSizes {
  return quick ? QUICK_SIZES : FULL_SIZES;
}

/** How many files of a size are read side by side when so many are asked for. */
export function boundedConcurrency(concurrency: number, byteLength: number): number {
  return Math.min(concurrency, Math.max(Math.floor(IN_FLIGHT_BYTES_MAX / byteLength), 1));
}

/** How many distinct files of a size there are: one alone would fit the processor's caches. */
export function wholeFileCount(byteLength: number): number {
  return byteLength > CHUNK_BYTES ? 2 : 16;
}

export function formatBytes(byteLength: number): string {
  return byteLength < 1 << 20 ? `${byteLength / 1024} KiB` : `${byteLength / 2 ** 20} MiB`;
}
