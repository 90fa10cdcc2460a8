/** What keeps the thread busy beside the timers: a task that is ready again after every poll. */
export interface LatenessLoad {
  readonly name: string;
  /** One turn of the task; null where there is none. */
  readonly turn: (() => void) | null;
}

/** How late the waits of a thousand tasks ended, in milliseconds. */
export interface Lateness {
  readonly name: string;
  readonly p50Millis: number;
  readonly p99Millis: number;
  readonly maxMillis: number;
}

/** How long to measure each load. */
export interface LatenessSettings {
  readonly millis: number;
}
