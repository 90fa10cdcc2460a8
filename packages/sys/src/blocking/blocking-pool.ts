import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { closeDescriptor } from "../descriptors.ts";
import { EMFILE, ENOSYS } from "../errno.ts";
import { createEventfd } from "../eventfd.ts";
import { withdraw } from "../client-signals.ts";
import {
  CALL_NUMBERS,
  CLIENTS_MAX,
  HUNGRY_CLIENTS,
  IDLE_MS,
  IDLE_THREADS,
  JOB_CANCELLED,
  JOB_FREE,
  JOB_QUEUED,
  JOBS_MAX,
  PUSHES,
  SharedJobs,
  THREADS,
} from "./shared-jobs.ts";

/** How long a thread waits for another job before it ends. */
const IDLE_MS_IN_USE = 5000;
/** The same when no driver is left: long enough for the next driver to find them still there. */
const IDLE_MS_UNUSED = 25;

/**
 * Descriptors that must be free before a thread is started. Bun's threads take two for good and two
 * for a moment, four may start at once, and Bun ends the whole process when there are none.
 */
const SPARE_DESCRIPTORS = 16;

/** A bundler does not take it along. */
const THREAD_MODULE = new URL("./blocking-worker.ts", import.meta.url);

/**
 * What became of a job. Full: there was no room, since a thread that is held up while it takes a
 * job keeps that job's place, and others may have taken all those behind it; the job is free again.
 * Unserved: there is no thread and none can be started; the job is cancelled.
 */
export type JobStart = "started" | "full" | "unserved";

/** Whom the pool tells that some of its jobs have completed. */
export interface PoolClient {
  /** A job of this client is over. */
  onJob(job: number, result: number): void;
}

/**
 * Threads for system calls that may wait, shared by all drivers of one JavaScript thread: starting
 * a thread takes milliseconds and a heap of its own. None is started before the first job.
 */
export class BlockingPool {
  readonly shared: SharedJobs = SharedJobs.create();
  /** Jobs started so far. */
  jobs: number = 0;
  /** Threads there are: busy, waiting or about to end. */
  threads: number = 0;
  readonly #freeJobs: number[] = [];
  readonly #clients: (PoolClient | null)[] = [];
  readonly #freeClients: number[] = [];
  #clientCount: number = 0;

  constructor() {
    for (let job = JOBS_MAX - 1; job >= 0; job--) this.#freeJobs.push(job);
  }

  /**
   * Whether a client should look: a job has completed, or it was told of one that it found before
   * it was told. As long as it does not look, it is not told again.
   */
  mustLook(client: number): boolean {
    const { completed, signalled } = this.shared;
    return !completed.isEmpty || Atomics.load(signalled, client) !== 0;
  }

  /** A number for a client, whose `wakeFd` is written to when jobs have completed. */
  join(client: PoolClient, wakeFd: number): number {
    const number = this.#freeClients.pop() ?? this.#clients.length;
    if (number === CLIENTS_MAX) {
      throw new RangeError(`Cannot use the blocking pool: ${CLIENTS_MAX} drivers do already`);
    }
    this.#clients[number] = client;
    this.#clientCount++;
    Atomics.store(this.shared.signalled, number, 0);
    Atomics.store(this.shared.wakeFds, number, wakeFd);
    Atomics.store(this.shared.control, IDLE_MS, IDLE_MS_IN_USE);
    return number;
  }

  /**
   * Forgets a client: from here on its descriptor may be closed. With jobs still running its number
   * is never used again. The last to leave sends the threads home.
   */
  leave(number: number, hasJobs: boolean): void {
    const { control } = this.shared;
    withdraw(this.shared, number);
    this.#feed(number);
    if (!hasJobs) {
      this.#clients[number] = null;
      this.#freeClients.push(number);
    }
    this.#clientCount--;
    if (this.#clientCount > 0) return;
    Atomics.store(control, IDLE_MS, IDLE_MS_UNUSED);
    Atomics.add(control, PUSHES, 1);
    Atomics.notify(control, PUSHES);
  }

  /** Whether {@link claim} would give one. */
  get hasFreeJob(): boolean {
    return this.#freeJobs.length !== 0;
  }

  /** Others have all jobs: the client is told once, when the next of them is over. */
  hunger(client: number): void {
    const { control, hungry } = this.shared;
    if (Atomics.exchange(hungry, client, 1) === 0) Atomics.add(control, HUNGRY_CLIENTS, 1);
  }

  /** A free job to fill in, or -1. */
  claim(client: number): number {
    const job = this.#freeJobs.pop() ?? -1;
    if (job >= 0) this.shared.jobClients[job] = client;
    return job;
  }

  /** Has a thread make a call; starts one when none has time and there may be more. */
  start(job: number, call: Float64Array, threadsMax: number): JobStart {
    const { control, states, pending, calls } = this.shared;
    calls.set(call, job * CALL_NUMBERS);
    Atomics.store(states, job, JOB_QUEUED);
    if (!pending.push(job)) {
      Atomics.store(states, job, JOB_FREE);
      this.#freeJobs.push(job);
      return "full";
    }
    this.jobs++;
    Atomics.add(control, PUSHES, 1);
    Atomics.notify(control, PUSHES, 1);
    if (pending.length <= Atomics.load(control, IDLE_THREADS)) return "started";
    if (Atomics.load(control, THREADS) >= threadsMax) return "started";
    if (hasSpareDescriptors()) this.#startThread();
    // The last one may have ended since `isServed`; one that comes back for the job has it.
    else if (Atomics.load(control, THREADS) === 0 && this.cancel(job)) return "unserved";
    return "started";
  }

  /** Whether a job would find a thread: one that is there, or one that can be started. */
  get isServed(): boolean {
    if (Atomics.load(this.shared.control, THREADS) > 0) return true;
    return hasThreadModule() && hasSpareDescriptors();
  }

  /** What a call fails with that no thread can be started for: `-errno`. */
  get refusal(): number {
    return hasThreadModule() ? -EMFILE : -ENOSYS;
  }

  /** Takes a job back; false when a thread has it already. Its number is free later. */
  cancel(job: number): boolean {
    const { states } = this.shared;
    return Atomics.compareExchange(states, job, JOB_QUEUED, JOB_CANCELLED) === JOB_QUEUED;
  }

  /** Hands each completed job to its client, which need not be the one that looks. */
  reap(client: number): void {
    const { completed, jobClients, results, signalled, states } = this.shared;
    // Before looking, so that whatever completes after the look signals again.
    if (Atomics.load(signalled, client) !== 0) Atomics.store(signalled, client, 0);
    for (let job = completed.take(); job >= 0; job = completed.take()) {
      this.#clients[jobClients[job]!]?.onJob(job, results[job]!);
      Atomics.store(states, job, JOB_FREE);
      this.#freeJobs.push(job);
    }
  }

  #feed(client: number): void {
    const { control, hungry } = this.shared;
    if (Atomics.exchange(hungry, client, 0) === 1) Atomics.sub(control, HUNGRY_CLIENTS, 1);
  }

  #startThread(): void {
    Atomics.add(this.shared.control, THREADS, 1);
    this.threads++;
    const worker = new Worker(THREAD_MODULE, {
      workerData: this.shared.memory,
    });
    worker.on("exit", () => this.threads--);
    // Operations keep the process alive, threads do not.
    worker.unref();
  }
}

let isModuleThere: boolean | undefined;

/** A thread without it would end before its first job, and leave the job to nobody. */
function hasThreadModule(): boolean {
  if (isModuleThere !== undefined) return isModuleThere;
  const path = fileURLToPath(THREAD_MODULE);
  isModuleThere = existsSync(path);
  if (!isModuleThere) {
    process.emitWarning(
      `No thread can make system calls: "${path}" is missing. ` +
        "To mend: bun build --packages external",
      "BasculeThreadWarning",
    );
  }
  return isModuleThere;
}

function hasSpareDescriptors(): boolean {
  const opened: number[] = [];
  while (opened.length < SPARE_DESCRIPTORS) {
    const fd = createEventfd();
    if (fd < 0) break;
    opened.push(fd);
  }
  for (const fd of opened) closeDescriptor(fd);
  return opened.length === SPARE_DESCRIPTORS;
}

let pool: BlockingPool | undefined;

/** This JavaScript thread's pool. */
export function blockingPool(): BlockingPool {
  pool ??= new BlockingPool();
  return pool;
}
