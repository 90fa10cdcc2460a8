import { wordsFor } from "../check.ts";
import { JoinHandle } from "../join-handle.ts";
import { Runtime, type SpawnOptions } from "../runtime.ts";
import { SITE_FRAMES } from "../spawn-site.ts";
import { REJECTED, type Task } from "../task.ts";
import { BlockingJob, type HeldArguments } from "./blocking-job.ts";
import type { BlockingJobs } from "./blocking-jobs.ts";
import { addressOfWork, type BlockingFunction } from "./blocking-function.ts";
import { BlockingWait } from "./blocking-wait.ts";

/** Options of {@link spawnBlocking}. */
export interface SpawnBlockingOptions extends SpawnOptions {
  /**
   * Buffers among the arguments to move instead of copying: the caller's handles are detached at
   * once. They come back in the result, where the function returns them.
   */
  transfer?: readonly ArrayBuffer[];
  /** Gets the moved buffers when no result carries them: it was refused, aborted, or it failed. */
  reclaim?: (buffers: readonly ArrayBuffer[]) => void;
}

/**
 * Runs a function on another thread: for JavaScript that computes for long, or that makes
 * synchronous calls that wait. A pool of Bun workers, started when there is something to do,
 * imports the function's module and calls it. At most `blocking.workersMax` jobs run at a time (an
 * option of `Runtime.create`), the others wait in line. Works inside `blockOn` as well.
 *
 * Arguments and result are copied by structured cloning, the arguments as they are at the time of
 * the call; buffers that `transfer` names are moved, and move back. What the function throws comes
 * back with its name, message, stack, code and cause. An asynchronous function is awaited.
 *
 * An abort, by the handle or the signal, takes a job out of the line. One that runs cannot be
 * stopped: it goes on, and its handle gives its result all the same (as in tokio). To stop waiting
 * for it, put a `timeout` around the wait. A runtime's shutdown waits for running jobs until its
 * deadline, and then stops their threads.
 *
 * @param work a function registered with `registerBlocking`; or the URL of a module, whose default
 *   export is run, or the export that the URL's fragment names
 * @throws TypeError when nothing can be imported by `work`, or `args` is no array; DataCloneError
 *   when an argument cannot be cloned; BlockingQueueFullError when `blocking.queueMax` jobs wait
 *   already; RuntimeClosedError when the runtime is shutting down
 * @throws (rejects) what the function throws; the reason of an abort; DataCloneError when the
 *   result cannot be cloned; BlockingWorkerError when the thread ends before the function does
 * @example
 * ```ts
 * import { registerBlocking, spawnBlocking } from "@bascule/core";
 * export function fibonacci(n: number): number {
 *   return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
 * }
 * registerBlocking(fibonacci, import.meta.url);
 * if (import.meta.main) { // the worker imports this module as well
 *   const answer = await spawnBlocking(fibonacci, [20]);
 *   const url = new URL("#fibonacci", import.meta.url);
 *   if (answer !== (await spawnBlocking(url, [20]))) throw new Error("wrong answer");
 * }
 * ```
 */
export function spawnBlocking<A extends readonly unknown[], R>(
  work: BlockingFunction<A, R>,
  args: A,
  options?: SpawnBlockingOptions,
): JoinHandle<Awaited<R>>;
export function spawnBlocking<R = unknown>(
  work: URL | string,
  args?: readonly unknown[],
  options?: SpawnBlockingOptions,
): JoinHandle<R>;
export function spawnBlocking(
  work: unknown,
  args: readonly unknown[] = [],
  options: SpawnBlockingOptions = {},
): JoinHandle<unknown> {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = SITE_FRAMES;
  const site = new Error();
  Error.stackTraceLimit = limit;
  return new JoinHandle(spawnJob(Runtime.current(), work, args, options, site));
}

function spawnJob(
  runtime: Runtime,
  work: unknown,
  args: readonly unknown[],
  options: SpawnBlockingOptions,
  site: Error,
): Task {
  const address = addressOfWork(work);
  if (!Array.isArray(args)) {
    throw new TypeError(`Cannot call with arguments "${wordsFor(args)}": pass an array of them`);
  }
  const jobs = runtime.blockingJobs();
  jobs.admit();
  let job: BlockingJob | null = null;
  try {
    const held = new BlockingJob(address, hold(args, options.transfer ?? []));
    job = held;
    const task = runtime.spawnTask(() => new BlockingWait(jobs, held).promise, options, site);
    whenOver(task, jobs, held, options.reclaim);
    return task;
  } catch (error) {
    jobs.dismiss();
    if (job !== null) giveBack(job, options.reclaim);
    throw error;
  }
}

/** A copy that nobody can change any more until the job runs. */
function hold(args: readonly unknown[], transfer: readonly ArrayBuffer[]): HeldArguments {
  return structuredClone({ args, transfer }, { transfer: [...transfer] });
}

function whenOver(
  task: Task,
  jobs: BlockingJobs,
  job: BlockingJob,
  reclaim: SpawnBlockingOptions["reclaim"],
): void {
  const { onEnd } = task;
  task.onEnd = (ended) => {
    jobs.dismiss();
    // Before anybody who joins the task goes on.
    if (ended.state === REJECTED) giveBack(job, reclaim);
    onEnd?.(ended);
  };
}

/** No result carries what was moved for the job. */
function giveBack(job: BlockingJob, reclaim: SpawnBlockingOptions["reclaim"]): void {
  if (reclaim === undefined || job.left.length === 0) return;
  queueMicrotask(() => reclaim(job.left));
}
