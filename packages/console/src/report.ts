import { liveRuntimes, type RuntimeSnapshot } from "@bascule/core";
import { threadId } from "node:worker_threads";

/** What a program answers to whoever looks: a line of JSON for each line it is asked with. */
export interface ConsoleReport {
  /** Version of this report's shape. */
  readonly protocol: 1;
  readonly program: string;
  readonly processId: number;
  /** 0 is the main thread. */
  readonly threadId: number;
  /** Since the process began. */
  readonly upMs: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** Every runtime of the thread that has not been shut down. */
  readonly runtimes: readonly RuntimeSnapshot[];
}

/** Reads everything now. */
export function takeReport(): ConsoleReport {
  const { rss, heapUsed } = process.memoryUsage();
  return {
    protocol: 1,
    program: process.argv[1] ?? process.argv0,
    processId: process.pid,
    threadId,
    upMs: performance.now(),
    residentBytes: rss,
    heapBytes: heapUsed,
    runtimes: liveRuntimes().map((runtime) => runtime.snapshot()),
  };
}
