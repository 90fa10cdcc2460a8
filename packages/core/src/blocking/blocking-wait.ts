import { PENDING, Wait } from "../wait.ts";
import type { BlockingJob } from "./blocking-job.ts";
import type { BlockingJobs } from "./blocking-jobs.ts";

/** The wait of a job's task for the job's end. */
export class BlockingWait extends Wait<unknown> {
  readonly #jobs: BlockingJobs;
  readonly #job: BlockingJob;

  constructor(jobs: BlockingJobs, job: BlockingJob) {
    super(undefined);
    this.#jobs = jobs;
    this.#job = job;
    job.waiter = this;
    if (this.isWaiting) jobs.enter(job);
  }

  /** An abort takes back what no worker has begun, and leaves alone what one has. */
  override abort(reason: unknown): void {
    if (this.#jobs.withdraw(this.#job)) super.abort(reason);
  }

  protected override poll(): unknown {
    return this.#job.isDone ? this.#job.value : PENDING;
  }

  protected override cancelled(): void {
    this.#job.waiter = null;
  }
}
