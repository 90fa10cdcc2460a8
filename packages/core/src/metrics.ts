import type { EventLoop } from "./event-loop.ts";

/** What a runtime has done since it was made, and what it holds now. */
export interface RuntimeMetrics {
  readonly driver: string;
  /** How Bun reports the driver's events: `stream`, `thread`, or `none` while nothing waits. */
  readonly hostWatch: string;
  readonly tasks: { spawned: number; finished: number; live: number; ready: number };
  readonly polls: number;
  /** Wake-ups that queued a task. */
  readonly wakes: number;
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

/** Reads everything at once. */
export function readMetrics(loop: EventLoop, hostWatch: string): RuntimeMetrics {
  const { driver, executor, timers } = loop;
  const { counters, ledger, receivePool, sendPool } = driver;
  return {
    driver: driver.name,
    hostWatch,
    tasks: {
      spawned: executor.counters.spawned,
      finished: executor.counters.finished,
      live: executor.live.size,
      ready: executor.readyCount,
    },
    polls: executor.counters.polls,
    wakes: executor.counters.wakes,
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
