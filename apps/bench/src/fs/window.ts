import { Histogram } from "../load/histogram.ts";
import type { FileApi, Perhaps } from "./file-api.ts";
import type { FsSample } from "./fs-settings.ts";

/** Something that is done over and over, one at a time; several of them run side by side. */
export interface Job {
  /** Starts the next one. */
  start(): Perhaps<unknown>;
  /** Looks whether what came back is right. Gives how many bytes were moved. */
  check(result: unknown): number;
}

/** When to stop. */
export interface Limit {
  readonly seconds: number;
  readonly operations: number;
}

/** What was done, from one moment to another. */
class MeasuredRun {
  /** Latencies of the operations. */
  readonly latencies: Histogram = new Histogram();
  readonly #deadlineMs: number;
  readonly #startMs: number = performance.now();
  readonly #startCpu: NodeJS.CpuUsage = process.cpuUsage();
  #left: number;
  #isFirst: boolean = true;
  #operations: number = 0;
  #bytes: number = 0;

  constructor({ seconds, operations }: Limit) {
    this.#deadlineMs = this.#startMs + seconds * 1000;
    this.#left = operations;
  }

  /** Whether another one is to be done, which then counts: the first one even when time is up. */
  claim(nowMs: number): boolean {
    // A machine that stood still for all of the time would otherwise give no figure at all.
    const mayStart = this.#isFirst || nowMs < this.#deadlineMs;
    this.#isFirst = false;
    return mayStart && this.#left-- > 0;
  }

  note(latencyMs: number, bytes: number): void {
    this.latencies.record(latencyMs * 1e6);
    this.#operations++;
    this.#bytes += bytes;
  }

  sample(): FsSample {
    const seconds = (performance.now() - this.#startMs) / 1000;
    const { user, system } = process.cpuUsage(this.#startCpu);
    const operations = this.#operations;
    return {
      operationsPerSecond: operations / seconds,
      megabytesPerSecond: this.#bytes / seconds / 1e6,
      p50Micros: this.latencies.quantile(0.5) / 1000,
      p99Micros: this.latencies.quantile(0.99) / 1000,
      userMicrosPerOperation: user / operations,
      systemMicrosPerOperation: system / operations,
      cpuMicrosPerOperation: (user + system) / operations,
    };
  }
}

/** Does some jobs side by side until a limit. */
export async function runJobs(
  api: FileApi,
  jobs: readonly Job[],
  limit: Limit,
): Promise<MeasuredRun> {
  const run = new MeasuredRun(limit);
  await api.runAll(jobs.map((job) => () => repeat(job, run)));
  return run;
}

async function repeat(job: Job, run: MeasuredRun): Promise<void> {
  let nowMs = performance.now();
  while (run.claim(nowMs)) {
    const started = job.start();
    const result = started instanceof Promise ? await started : started;
    const beforeMs = nowMs;
    nowMs = performance.now();
    run.note(nowMs - beforeMs, job.check(result));
  }
}
