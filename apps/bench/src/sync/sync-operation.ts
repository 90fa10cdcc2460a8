/** What is timed, in the order of the table, with the most nanoseconds that we allow ourselves. */
export const SYNC_OPERATIONS = {
  hop: { label: "channel of 16, a hop between two tasks", goalNanos: 250 },
  narrowHop: { label: "channel of 1, a hop between two tasks", goalNanos: 250 },
  pingPong: { label: "two channels of 1, a round trip", goalNanos: null },
  lock: { label: "mutex, lock + unlock when free", goalNanos: 60 },
  contended: { label: "mutex, lock + unlock with 8 tasks in line", goalNanos: null },
  acquire: { label: "semaphore, acquire + release when free", goalNanos: null },
  jobs: { label: "100 jobs at once of which 3 may run, a job", goalNanos: null },
  notify: { label: "notify, a round trip between two tasks", goalNanos: 400 },
  select: { label: "select of two ready branches, with signals", goalNanos: 1000 },
  selectBare: { label: "select of two ready branches, without", goalNanos: 1000 },
  broadcast: { label: "broadcast to 4 tasks, a message at one", goalNanos: null },
  watch: { label: "watch, a change seen by another task", goalNanos: null },
} as const;

/** Key of an operation. */
export type SyncOperation = keyof typeof SYNC_OPERATIONS;

/** How one library does them: does so many and says how many nanoseconds that took. */
export type SyncRuns = Partial<Record<SyncOperation, (count: number) => Promise<number>>>;

/** Tasks in line for the contended lock. */
export const IN_LINE = 8;
/** Jobs that are begun together, and how many of them may run. */
export const JOBS = 100;
export const RUNNING_MAX = 3;
/** Tasks that hear a broadcast, and how many messages it keeps for each. */
export const RECEIVERS = 4;
export const BROADCAST_CAPACITY = 64;

/** What is done under a lock, or by a job: the least that suspends. */
export async function suspendOnce(): Promise<void> {
  await null;
}
