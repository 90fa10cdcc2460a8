import type { ClientSignals } from "../client-signals.ts";
import { jobQueueWords, SharedJobQueue } from "./job-queue.ts";

/** Jobs that may be in line or running at a time; drivers keep the rest. */
export const JOBS_MAX = 256;
/** Drivers that may use the pool at a time. */
export const CLIENTS_MAX = 1024;
/** Numbers of a call: that of the system call, and its arguments. */
export const CALL_NUMBERS = 7;

/** States of a job. */
export const JOB_FREE = 0;
export const JOB_QUEUED = 1;
export const JOB_RUNNING = 2;
/** Nobody wants it any more: the thread that takes it puts it straight back. */
export const JOB_CANCELLED = 3;

/** Words that everybody shares: a count of pushes to wait on, of threads, of those that wait. */
export const PUSHES = 0;
export const THREADS = 1;
export const IDLE_THREADS = 2;
/** After so many milliseconds without a job a thread ends. */
export const IDLE_MS = 3;
/** How many clients wait until others have done something. */
export const HUNGRY_CLIENTS = 4;
const CONTROL_WORDS = 5;

const QUEUE_WORDS = jobQueueWords(JOBS_MAX);
const STATES_AT = CONTROL_WORDS;
const JOB_CLIENTS_AT = STATES_AT + JOBS_MAX;
const WAKE_FDS_AT = JOB_CLIENTS_AT + JOBS_MAX;
const SIGNALLED_AT = WAKE_FDS_AT + CLIENTS_MAX;
const SIGNALLING_AT = SIGNALLED_AT + CLIENTS_MAX;
const HUNGRY_AT = SIGNALLING_AT + CLIENTS_MAX;
const PENDING_AT = HUNGRY_AT + CLIENTS_MAX;
const COMPLETED_AT = PENDING_AT + QUEUE_WORDS;
const WORDS = COMPLETED_AT + QUEUE_WORDS;
const NUMBERS_AT = Math.ceil((WORDS * 4) / 8) * 8;
const BYTES = NUMBERS_AT + JOBS_MAX * (CALL_NUMBERS + 1) * 8;

/** The pool's memory, as its owner and every thread of it see it. */
export class SharedJobs implements ClientSignals {
  readonly memory: SharedArrayBuffer;
  readonly control: Int32Array;
  readonly states: Int32Array;
  /** Whose job it is. */
  readonly jobClients: Int32Array;
  readonly wakeFds: Int32Array;
  /** By client: 1 when it has been told and has not looked yet. */
  readonly signalled: Int32Array;
  readonly signalling: Int32Array;
  /** By client: 1 when it has calls and none of the jobs, and wants to hear of anybody's end. */
  readonly hungry: Int32Array;
  readonly pending: SharedJobQueue;
  readonly completed: SharedJobQueue;
  readonly calls: Float64Array;
  readonly results: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.control = new Int32Array(memory, 0, CONTROL_WORDS);
    this.states = words(memory, STATES_AT, JOBS_MAX);
    this.jobClients = words(memory, JOB_CLIENTS_AT, JOBS_MAX);
    this.wakeFds = words(memory, WAKE_FDS_AT, CLIENTS_MAX);
    this.signalled = words(memory, SIGNALLED_AT, CLIENTS_MAX);
    this.signalling = words(memory, SIGNALLING_AT, CLIENTS_MAX);
    this.hungry = words(memory, HUNGRY_AT, CLIENTS_MAX);
    this.pending = new SharedJobQueue(words(memory, PENDING_AT, QUEUE_WORDS), JOBS_MAX);
    this.completed = new SharedJobQueue(words(memory, COMPLETED_AT, QUEUE_WORDS), JOBS_MAX);
    this.calls = new Float64Array(memory, NUMBERS_AT, JOBS_MAX * CALL_NUMBERS);
    const resultsAt = NUMBERS_AT + JOBS_MAX * CALL_NUMBERS * 8;
    this.results = new Float64Array(memory, resultsAt, JOBS_MAX);
  }

  /** New memory, with both queues empty. */
  static create(): SharedJobs {
    const jobs = new SharedJobs(new SharedArrayBuffer(BYTES));
    jobs.pending.initialize();
    jobs.completed.initialize();
    jobs.wakeFds.fill(-1);
    return jobs;
  }
}

function words(memory: SharedArrayBuffer, at: number, length: number): Int32Array {
  return new Int32Array(memory, at * 4, length);
}
