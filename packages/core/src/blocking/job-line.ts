import type { BlockingJob } from "./blocking-job.ts";

/** Jobs that wait for a worker. */
export interface JobLine {
  readonly length: number;
  push(job: BlockingJob): void;
  /** Takes the one whose turn it is, or null. */
  shift(): BlockingJob | null;
  /** Takes one out of the line, wherever it stands. */
  remove(job: BlockingJob): void;
}

/** First come, first served; a job leaves from the middle as fast as from the front. */
export class LinkedJobLine implements JobLine {
  #first: BlockingJob | null = null;
  #last: BlockingJob | null = null;
  #length: number = 0;

  get length(): number {
    return this.#length;
  }

  push(job: BlockingJob): void {
    job.isQueued = true;
    job.previous = this.#last;
    job.next = null;
    if (this.#last === null) this.#first = job;
    else this.#last.next = job;
    this.#last = job;
    this.#length++;
  }

  shift(): BlockingJob | null {
    const job = this.#first;
    if (job !== null) this.remove(job);
    return job;
  }

  remove(job: BlockingJob): void {
    const { next, previous } = job;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    job.next = null;
    job.previous = null;
    job.isQueued = false;
    this.#length--;
  }
}
