import type { RuntimeMetrics } from "../metrics.ts";
import type { Priority } from "../task.ts";
import type { LoopTimes } from "./time-keeper.ts";

/** Something that a task waits for. */
export interface WaitSnapshot {
  /** In words: `timer`, `read on 127.0.0.1:7007`, `end of task "writer"`. */
  readonly on: string;
  /** For how long, in milliseconds; null when nobody measured as it began. */
  readonly forMs: number | null;
  /** It has been woken, and is delivered in the task's next poll. */
  readonly isReady: boolean;
}

/** Where a task's time went, in milliseconds. Busy, scheduled and idle add up to the total. */
export interface TaskTimesSnapshot {
  /** Since its spawn, or since the measurement began. */
  readonly totalMs: number;
  /** In its polls. */
  readonly busyMs: number;
  /** In a run queue, ready to run. */
  readonly scheduledMs: number;
  /** Waiting. */
  readonly idleMs: number;
  /** Since the end of its last poll. */
  readonly sinceLastPollMs: number;
  /** Its longest poll. */
  readonly pollMsMax: number;
  /** How often it queued itself, in its own poll. */
  readonly selfWakes: number;
}

/** One unfinished task. */
export interface TaskSnapshot {
  /** 0 is the root: code outside every task. */
  readonly id: number;
  readonly name: string;
  readonly priority: Priority;
  /** Running now, in a run queue, or waiting. */
  readonly state: "running" | "scheduled" | "idle";
  /** Where the program spawned it, as a line of a stack trace; empty when it is not known. */
  readonly spawnSite: string;
  /** The task that spawned it, which may have ended. */
  readonly parentId: number;
  /** The scope or set it belongs to; null without one. */
  readonly scopeId: number | null;
  readonly isAborted: boolean;
  /** What it waits for. Empty: for a promise that is not Bascule's, unless it runs. */
  readonly waits: readonly WaitSnapshot[];
  readonly polls: number;
  /** How many of its waits became ready. */
  readonly wakes: number;
  /** null while nobody measures: see {@link Runtime.measureTimes}. */
  readonly times: TaskTimesSnapshot | null;
}

/** A scope or join set that holds tasks. */
export interface ScopeSnapshot {
  readonly id: number;
  readonly kind: "scope" | "join set";
  readonly name: string;
  /** The task that made it, which may have ended. */
  readonly ownerId: number;
  /** Tasks in it that have not ended. */
  readonly size: number;
}

/** An operation in the driver's hands. */
export interface OperationSnapshot {
  /** The system call: `recv`, `accept`. */
  readonly kind: string;
  /** -1 when it has none. */
  readonly descriptor: number;
  readonly state: "submitted" | "cancelling";
  readonly slot: number;
  readonly generation: number;
  /** For how long, in milliseconds; null when nobody measured as it was submitted. */
  readonly forMs: number | null;
  /** Whether it keeps the process alive. */
  readonly isReferenced: boolean;
}

/** Something open that the runtime will close at its shutdown. */
export interface ResourceSnapshot {
  /** Its class: `TcpListener`, `File`. */
  readonly kind: string;
  /** `127.0.0.1:7007`; empty when it says nothing. */
  readonly detail: string;
}

/** All that a runtime holds at one moment, as plain data. */
export interface RuntimeSnapshot {
  /** On the clock of `performance.now()`. */
  readonly takenAtMs: number;
  readonly processId: number;
  readonly driver: string;
  readonly metrics: RuntimeMetrics;
  /** null while nobody measures: see {@link Runtime.measureTimes}. */
  readonly times: LoopTimes | null;
  /** The root first, then in order of spawning. */
  readonly tasks: readonly TaskSnapshot[];
  readonly scopes: readonly ScopeSnapshot[];
  readonly operations: readonly OperationSnapshot[];
  readonly resources: readonly ResourceSnapshot[];
}
