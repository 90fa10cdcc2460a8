import { workerData } from "node:worker_threads";
import { beginSignal, endSignal, signalledDescriptor } from "../client-signals.ts";
import { signalEventfd } from "../eventfd.ts";
import { libc, orErrno } from "../libc.ts";
import {
  CALL_NUMBERS,
  CLIENTS_MAX,
  HUNGRY_CLIENTS,
  IDLE_MS,
  IDLE_THREADS,
  JOB_QUEUED,
  JOB_RUNNING,
  PUSHES,
  SharedJobs,
  THREADS,
} from "./shared-jobs.ts";

// The body of a thread of the blocking pool: makes the system calls that may wait, one at a time.
// It owns no descriptor and no memory, so that nothing leaks when the process ends it.
const INTERRUPTED = -4;
const CANCELLED = -125;
const jobs = new SharedJobs(workerData as SharedArrayBuffer);

while (runAll()) {
  // The next round is after a push, or after a time without one.
}

/** Runs what is there and waits for more; false when it is time to end. */
function runAll(): boolean {
  const { control, pending } = jobs;
  for (let job = pending.take(); job >= 0; job = pending.take()) complete(job, run(job));
  const pushes = Atomics.load(control, PUSHES);
  if (!pending.isEmpty) return true;
  Atomics.add(control, IDLE_THREADS, 1);
  const idleMs = Atomics.load(control, IDLE_MS);
  const woken = Atomics.wait(control, PUSHES, pushes, idleMs);
  Atomics.sub(control, IDLE_THREADS, 1);
  if (woken !== "timed-out") return true;
  // In this order: whoever pushes after the look below finds one thread less and starts another.
  Atomics.sub(control, THREADS, 1);
  if (pending.isEmpty) return false;
  Atomics.add(control, THREADS, 1);
  return true;
}

function run(job: number): number {
  const { states, calls } = jobs;
  if (Atomics.compareExchange(states, job, JOB_QUEUED, JOB_RUNNING) !== JOB_QUEUED) {
    return CANCELLED;
  }
  const at = job * CALL_NUMBERS;
  const { syscall } = libc();
  for (;;) {
    const result = orErrno(
      syscall(
        calls[at]!,
        calls[at + 1]!,
        calls[at + 2]!,
        calls[at + 3]!,
        calls[at + 4]!,
        calls[at + 5]!,
        calls[at + 6]!,
      ),
    );
    if (result !== INTERRUPTED) return result;
  }
}

function complete(job: number, result: number): void {
  const client = jobs.jobClients[job]!;
  jobs.results[job] = result;
  // From here on the client waits with closing its descriptor.
  beginSignal(jobs, client);
  jobs.completed.push(job);
  signal(client);
  endSignal(jobs, client);
  if (Atomics.load(jobs.control, HUNGRY_CLIENTS) !== 0) signalHungry();
}

function signal(client: number): void {
  if (Atomics.exchange(jobs.signalled, client, 1) !== 0) return;
  const wakeFd = signalledDescriptor(jobs, client);
  if (wakeFd >= 0) signalEventfd(wakeFd);
}

/** A job will be free once somebody looks: those who have none. */
function signalHungry(): void {
  const { control, hungry } = jobs;
  for (let client = 0; client < CLIENTS_MAX; client++) {
    if (Atomics.load(hungry, client) === 0) continue;
    beginSignal(jobs, client);
    if (Atomics.exchange(hungry, client, 0) === 1) {
      Atomics.sub(control, HUNGRY_CLIENTS, 1);
      signal(client);
    }
    endSignal(jobs, client);
  }
}
