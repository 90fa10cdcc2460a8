import { Mutex, Semaphore } from "async-mutex";
import { IN_LINE, JOBS, RUNNING_MAX, suspendOnce, type SyncRuns } from "./sync-operation.ts";

/** The locks of `async-mutex`. */
export const ASYNC_MUTEX_RUNS: SyncRuns = { lock, contended, acquire, jobs };

async function lock(count: number): Promise<number> {
  const mutex = new Mutex();
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) (await mutex.acquire())();
  return Bun.nanoseconds() - start;
}

async function contended(count: number): Promise<number> {
  const mutex = new Mutex();
  const work = async (): Promise<void> => {
    for (let i = 0; i < count / IN_LINE; i++) {
      const release = await mutex.acquire();
      await suspendOnce();
      release();
    }
  };
  const start = Bun.nanoseconds();
  await Promise.all(Array.from({ length: IN_LINE }, work));
  return Bun.nanoseconds() - start;
}

async function acquire(count: number): Promise<number> {
  const semaphore = new Semaphore(RUNNING_MAX);
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) {
    const [, release] = await semaphore.acquire();
    release();
  }
  return Bun.nanoseconds() - start;
}

async function jobs(count: number): Promise<number> {
  const semaphore = new Semaphore(RUNNING_MAX);
  const job = async (): Promise<void> => {
    const [, release] = await semaphore.acquire();
    await suspendOnce();
    release();
  };
  const start = Bun.nanoseconds();
  for (let done = 0; done < count; done += JOBS) {
    await Promise.all(Array.from({ length: JOBS }, job));
  }
  return Bun.nanoseconds() - start;
}
