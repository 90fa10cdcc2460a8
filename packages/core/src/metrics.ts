import type { EventLoop } from "./event-loop.ts";

/** What a runtime has done since it was made, and what it holds now. */
export interface RuntimeMetrics {
  readonly driver: string;
  /** Since the runtime was made. */
  readonly uptimeMs: number;
  /** How Bun reports the driver's events: `stream`, `thread`, or `none` while nothing waits. */
  readonly hostWatch: string;
  readonly tasks: { spawned: number; finished: number; live: number; ready: number };
  readonly polls: number;
  /** Wake-ups that queued a task. */
  readonly wakes: number;
  /** Waits that were ready at once and had to take their turn: their task's budget was spent. */
  readonly budgetsSpent: number;
  /** How often the runtime left the thread to Bun's loop, until something came. */
  readonly parks: number;
  /** Listeners, streams and files that are open. */
  readonly resources: { open: number };
  readonly timers: { armed: number };
  /** Of `spawnBlocking`. */
  readonly blockingJobs: { workers: number; running: number; queued: number };
  readonly operations: {
    submitted: number;
    completed: number;
    /** Completions of multishot operations that said MORE. */
    partial: number;
    inFlight: number;
    cancelsRequested: number;
    cancelled: number;
    stale: number;
  };
  readonly turns: number;
  /** System calls of the driver, all kinds together. */
  readonly systemCalls: number;
  /** Those that may wait: `io_uring_enter`, `epoll_wait`. */
  readonly waits: number;
  readonly receiveBuffers: { count: number; free: number; starved: number };
  /** Send blocks that are out. */
  readonly sendBlocksTaken: number;
}

/** What a runtime knows of itself beyond its loop. */
export interface RuntimeState {
  readonly hostWatch: string;
  readonly parks: number;
  readonly resources: number;
  readonly uptimeMs: number;
}

/** Reads everything at once. */
export function readMetrics(loop: EventLoop, state: RuntimeState): RuntimeMetrics {
  const { driver, executor, timers } = loop;
  const { counters, ledger, receivePool, sendPool } = driver;
  return {
    driver: driver.name,
    uptimeMs: state.uptimeMs,
    hostWatch: state.hostWatch,
    tasks: {
      spawned: executor.counters.spawned,
      finished: executor.counters.finished,
      live: executor.live.size,
      ready: executor.readyCount,
    },
    polls: executor.counters.polls,
    wakes: executor.counters.wakes,
    budgetsSpent: executor.counters.budgetsSpent,
    parks: state.parks,
    resources: { open: state.resources },
    timers: { armed: timers.armed },
    blockingJobs: loop.jobs?.gauges ?? { workers: 0, running: 0, queued: 0 },
    operations: { ...ledger.counters, inFlight: ledger.inFlight },
    turns: counters.turns,
    systemCalls: counters.systemCalls,
    waits: counters.waits,
    receiveBuffers: {
      count: receivePool.count,
      free: receivePool.free,
      starved: counters.starvedReceives,
    },
    sendBlocksTaken: sendPool.taken,
  };
}
