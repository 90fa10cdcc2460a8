import pLimit from "p-limit";
import PQueue from "p-queue";
import { IN_LINE, JOBS, RUNNING_MAX, suspendOnce, type SyncRuns } from "./sync-operation.ts";

/** Runs a function once fewer than so many others run. */
type Limiter = (work: () => Promise<void> | void) => Promise<unknown>;

/** `p-limit`: a limit of one is a lock. */
export const P_LIMIT_RUNS: SyncRuns = limiterRuns((concurrency) => pLimit(concurrency));

/** `p-queue`: a concurrency of one is a lock. */
export const P_QUEUE_RUNS: SyncRuns = limiterRuns((concurrency) => {
  const queue = new PQueue({ concurrency });
  return async (work) => await queue.add(async () => await work());
});

function limiterRuns(make: (concurrency: number) => Limiter): SyncRuns {
  return {
    lock: (count) => oneByOne(make(1), count),
    contended: (count) => fromManyTasks(make(1), count),
    acquire: (count) => oneByOne(make(RUNNING_MAX), count),
    jobs: (count) => inBatches(make(RUNNING_MAX), count),
  };
}

async function oneByOne(limit: Limiter, count: number): Promise<number> {
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) await limit(doNothing);
  return Bun.nanoseconds() - start;
}

async function fromManyTasks(limit: Limiter, count: number): Promise<number> {
  const work = async (): Promise<void> => {
    for (let i = 0; i < count / IN_LINE; i++) await limit(suspendOnce);
  };
  const start = Bun.nanoseconds();
  await Promise.all(Array.from({ length: IN_LINE }, work));
  return Bun.nanoseconds() - start;
}

async function inBatches(limit: Limiter, count: number): Promise<number> {
  const start = Bun.nanoseconds();
  for (let done = 0; done < count; done += JOBS) {
    await Promise.all(Array.from({ length: JOBS }, () => limit(suspendOnce)));
  }
  return Bun.nanoseconds() - start;
}

function doNothing(): void {}
