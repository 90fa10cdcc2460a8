import { wordsFor } from "../check.ts";
import type { Driver, RemoteUnpark } from "../contract/driver.ts";
import { BlockingQueueFullError, BlockingWorkerError } from "../errors.ts";
import type { Resource } from "../shutdown.ts";
import { Line } from "../line.ts";
import type { BlockingJob } from "./blocking-job.ts";
import type { BlockingSettings } from "./blocking-options.ts";
import { BlockingWorker, NOTHING } from "./blocking-worker.ts";
import { unpackError } from "./carried-error.ts";
import type { JobReply } from "./job-protocol.ts";

/** How long a shutdown waits for an idle worker's JavaScript to end. */
const END_MS = 500;

/**
 * A runtime's blocking jobs and the workers that run them. Jobs wait in line on this thread, so
 * that one can be taken back until a worker has it; replies are taken in a round of the loop, after
 * the driver's turn that the worker ended.
 */
export class BlockingJobs implements Resource {
  readonly #unpark: RemoteUnpark;
  readonly #settings: BlockingSettings;
  readonly #schedule: () => void;
  readonly #line: Line<BlockingJob> = new Line();
  #workers: BlockingWorker[] = [];
  /** Jobs that were admitted and have not ended. */
  #admitted: number = 0;
  #running: number = 0;
  readonly #onWorkerEnd: () => void = () => this.#schedule();

  /**
   * @param schedule sees to it that a round of the loop follows
   * @throws TypeError when no other thread can unpark the driver
   */
  constructor(driver: Driver, settings: BlockingSettings, schedule: () => void) {
    const unpark = driver.remoteUnpark?.();
    if (unpark === undefined) {
      throw new TypeError(
        `Cannot run blocking jobs on driver "${driver.name}": other threads cannot unpark it`,
      );
    }
    this.#unpark = unpark;
    this.#settings = settings;
    this.#schedule = schedule;
  }

  /** Jobs that are in line or running: something that may still happen by itself. */
  get pending(): number {
    return this.#line.length + this.#running;
  }

  get gauges(): { workers: number; running: number; queued: number } {
    const running = this.#running;
    return { workers: this.#workers.length, running, queued: this.#admitted - running };
  }

  /**
   * Counts a job, before anything is done for it.
   * @throws BlockingQueueFullError when too many wait
   */
  admit(): void {
    const { queueMax, workersMax } = this.#settings;
    if (this.#admitted >= queueMax + workersMax) {
      throw new BlockingQueueFullError(
        `Cannot queue another blocking job: ${queueMax} wait for ${workersMax} workers already. ` +
          "Wait for some of them first, or raise blocking.queueMax",
      );
    }
    this.#admitted++;
  }

  /** The opposite of {@link admit}, when the job's task has ended. */
  dismiss(): void {
    this.#admitted--;
  }

  enter(job: BlockingJob): void {
    this.#line.enter(job);
    this.#advance();
  }

  /** Takes a job back that no worker has. Returns whether that worked. */
  withdraw(job: BlockingJob): boolean {
    return this.#line.remove(job);
  }

  /**
   * Ends the jobs whose replies have come. Returns how many, and one more while a reply is on its
   * way that the next look will find.
   */
  reap(): number {
    let done = 0;
    const workers = this.#workers;
    // From the end, because the loop takes those out that have ended.
    for (let index = workers.length - 1; index >= 0; index--) {
      const worker = workers[index];
      if (worker === undefined) continue;
      // In this order: a worker ends after its last reply.
      const hasEnded = worker.exitCode !== null;
      if (worker.hasReply) done += this.#receive(worker);
      else if (hasEnded) done += this.#bury(worker);
    }
    if (done > 0) this.#advance();
    return done;
  }

  /** Part of the runtime's shutdown, which has waited for the jobs that ended in time. */
  destroy(reason: unknown): void {
    for (let job = this.#line.shift(); job !== null; job = this.#line.shift()) {
      job.fail(reason, job.left);
    }
    const names: string[] = [];
    for (const worker of this.#workers) {
      if (worker.end()) continue;
      if (worker.job !== null) {
        names.push(worker.job.name);
        worker.job.fail(reason, []);
      }
      worker.terminate();
    }
    const endMs = performance.now() + END_MS;
    for (const worker of this.#workers) {
      if (worker.job === null) worker.join(Math.max(0, endMs - performance.now()));
    }
    this.#workers = [];
    this.#running = 0;
    this.#unpark.close();
    if (names.length > 0) warnOfTermination(names);
  }

  #advance(): void {
    while (this.#line.length > 0) {
      const worker = this.#idleWorker() ?? this.#newWorker();
      if (worker === null) return;
      const job = this.#line.shift();
      if (job === null) return;
      this.#running++;
      worker.start(job);
    }
  }

  /** One that is idle and has not just ended; the ones that have are forgotten. */
  #idleWorker(): BlockingWorker | null {
    const workers = this.#workers;
    for (let index = workers.length - 1; index >= 0; index--) {
      const worker = workers[index];
      if (worker === undefined || worker.job !== null) continue;
      if (worker.claim()) return worker;
      workers.splice(index, 1);
    }
    return null;
  }

  #newWorker(): BlockingWorker | null {
    if (this.#workers.length >= this.#settings.workersMax) return null;
    const worker = new BlockingWorker(this.#unpark, this.#settings.idleMs, this.#onWorkerEnd);
    this.#workers.push(worker);
    return worker;
  }

  #forget(worker: BlockingWorker): void {
    this.#workers.splice(this.#workers.indexOf(worker), 1);
  }

  #receive(worker: BlockingWorker): number {
    const reply = worker.take();
    const { job } = worker;
    // A reply that counts and is not there yet: one more round, at once.
    if (reply === NOTHING || job === null) return 1;
    if (reply.kind === "death") {
      worker.failure = unpackError(reply.error);
      return 1;
    }
    this.#running--;
    if (!worker.becomeIdle()) this.#forget(worker);
    settle(job, reply);
    return 1;
  }

  /** Its JavaScript has ended: so has the job that it ran. */
  #bury(worker: BlockingWorker): number {
    this.#forget(worker);
    const { job } = worker;
    if (job === null) return 0;
    this.#running--;
    job.fail(deathError(worker, job), []);
    return 1;
  }
}

function settle(job: BlockingJob, reply: Exclude<JobReply, { kind: "death" }>): void {
  if (reply.kind === "result") job.succeed(reply.value);
  else job.fail(unpackError(reply.error), reply.buffers);
}

function deathError(worker: BlockingWorker, job: BlockingJob): BlockingWorkerError {
  const { failure, exitCode } = worker;
  const why =
    failure === undefined
      ? `its thread ended with exit code ${exitCode}`
      : `its thread failed with "${wordsFor(failure)}"`;
  const options = failure === undefined ? {} : { cause: failure };
  return new BlockingWorkerError(`Blocking job "${job.name}" did not finish: ${why}`, options);
}

function warnOfTermination(names: readonly string[]): void {
  process.emitWarning(
    `Runtime shut down with ${names.length} blocking jobs that would not end in time ` +
      `(${[...new Set(names)].join(", ")}): their threads are stopped, and what they have open ` +
      "stays open",
    "BasculeLeakWarning",
  );
}
