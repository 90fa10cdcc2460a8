import type { Clock } from "./contract/clock.ts";
import type { Driver } from "./contract/driver.ts";
import { Executor, type ExecutorHost } from "./executor.ts";
import { Timers } from "./timers.ts";

/**
 * After so many polls the driver is turned, so that a flood of ready tasks starves no descriptor.
 */
export const POLLS_PER_TURN = 128;

/** The driver is turned and timers fire after so long, too, however few polls there were. */
const POLLING_MS_MAX = 1;

/** Polls between two looks at the clock; fewer where so many would take longer than this. */
const POLLS_PER_LOOK = 16;
const LOOK_MS = 0.25;
/** How much of the longest recent poll is remembered from look to look. */
const PACE_MEMORY = 0.8;
/** After a poll that took so long no task gets a second one before the next look … */
const SLOW_POLL_MS = 0.02;
/** … for so many looks: it may be alone next time. */
const WARY_LOOKS = 256;

/** Something that gathers work during a round and hands it to the driver once, before the turn. */
export interface Flushable {
  flush(): void;
}

/** Work on other threads, which unpark the driver when some of it is done. */
export interface JobSource {
  /** How much could still be done. */
  readonly pending: number;
  readonly gauges: { workers: number; running: number; queued: number };
  /** Wakes whoever waits for what is done. Returns 0 when there is nothing to look for any more. */
  reap(): number;
}

/**
 * The parts of a runtime that take turns: run queue, what was gathered, driver, timers. It waits
 * only when told to; the host loop and `blockOn` decide when.
 */
export class EventLoop {
  readonly driver: Driver;
  readonly executor: Executor;
  readonly timers: Timers;
  /** The time that timers go by. */
  readonly clock: Clock;
  /** The driver is about to be destroyed: no round may turn it any more. */
  closed: boolean = false;
  /** Present once there is any. */
  jobs: JobSource | null = null;
  readonly #host: ExecutorHost;
  /** What a poll takes, going by the longest of late. */
  #pollMs: number = 0;
  /** Looks until slow polls are forgotten. */
  #wary: number = 0;
  #flushables: Flushable[] = [];
  #flushing: Flushable[] = [];
  /** What flushes failed with: thrown at the end of a round. */
  readonly #failures: unknown[] = [];

  /** @param budget see {@link Executor.budget} */
  constructor(driver: Driver, host: ExecutorHost, budget?: number) {
    this.driver = driver;
    this.clock = driver.clock ?? performance;
    this.#host = host;
    this.executor = new Executor(host, budget);
    // A loop that sleeps for that timer's sake is to see that it need not keep the process alive.
    this.timers = new Timers(() => host.schedule());
  }

  /** Calls `flush` before the next turn of the driver. */
  flushLater(flushable: Flushable): void {
    this.#flushables.push(flushable);
    this.#host.schedule();
  }

  /**
   * One round: polls, flush, one turn of the driver that waits at most `timeoutMs`, timers.
   * @param completionsMin how many completions are worth ending the wait for
   * @returns how many polls, completions and timers there were; 0 means that nothing is left to
   *   do now
   */
  round(timeoutMs: number, completionsMin: number = 1): number {
    const polls = this.executor.readyCount === 0 ? 0 : this.#poll();
    // What ran may have shut the runtime down, and its driver with it.
    if (this.closed) return polls;
    if (this.#flushables.length !== 0) this.#flush();
    let waitMs = 0;
    if (timeoutMs > 0 && this.executor.readyCount === 0) {
      waitMs = Math.min(timeoutMs, this.timers.nextDeadlineMs - this.clock.now());
    }
    let done = polls;
    if (waitMs > 0) done += this.#turn(waitMs, completionsMin);
    else if (this.driver.mayProgress()) done += this.#turn(0, 1);
    if (this.jobs !== null) done += this.jobs.reap();
    if (this.timers.armed !== 0) done += this.timers.fire(this.clock.now());
    if (this.#failures.length !== 0) this.#throwFailures();
    return done;
  }

  /** Whether something keeps the process alive. */
  get isReferenced(): boolean {
    return (
      this.driver.ledger.referencedInFlight > 0 ||
      this.timers.referenced > 0 ||
      this.executor.referencedTasks > 0
    );
  }

  /** Whether the next round has something to do: a ready task, or something gathered to flush. */
  get isBusy(): boolean {
    return this.executor.readyCount > 0 || this.#flushables.length > 0;
  }

  /** Whether anything could still happen by itself: a completion, a timer, a ready task. */
  get canProgress(): boolean {
    return (
      this.executor.readyCount > 0 ||
      this.driver.ledger.inFlight > 0 ||
      // One that is to fire never comes.
      this.timers.nextDeadlineMs < Number.POSITIVE_INFINITY ||
      this.#flushables.length > 0 ||
      (this.jobs !== null && this.jobs.pending > 0)
    );
  }

  /**
   * Whether that could resume anybody: an operation that nobody waits for cannot, a timer does. Not
   * all have a wait: a deadline aborts what may wait for something that is not ours.
   */
  get canResume(): boolean {
    if (this.timers.nextDeadlineMs < Number.POSITIVE_INFINITY) return true;
    return this.canProgress && this.executor.isWaitingForEvents;
  }

  #turn(waitMs: number, completionsMin: number): number {
    const { observer } = this.executor;
    if (observer === null) return this.driver.turn(waitMs, completionsMin);
    observer.turnStarted(waitMs, performance.now());
    const completions = this.driver.turn(waitMs, completionsMin);
    observer.turnEnded(waitMs, completions, performance.now());
    return completions;
  }

  /** Polls until nothing is ready, or it is the driver's turn by count or by time. */
  #poll(): number {
    this.executor.schedule?.begin?.();
    let polls = 0;
    let lookedMs = this.clock.now();
    const endMs = lookedMs + POLLING_MS_MAX;
    while (polls < POLLS_PER_TURN && lookedMs < endMs) {
      const stride = Math.min(this.#stride, POLLS_PER_TURN - polls);
      const ran = this.executor.run(stride);
      polls += ran;
      if (ran < stride) break;
      const nowMs = this.clock.now();
      this.#notePace((nowMs - lookedMs) / ran);
      lookedMs = nowMs;
    }
    return polls;
  }

  /** Polls until the next look at the clock. */
  get #stride(): number {
    const byPace = Math.max(1, Math.min(POLLS_PER_LOOK, Math.floor(LOOK_MS / this.#pollMs)));
    return this.#wary > 0 ? Math.max(1, Math.min(byPace, this.executor.readyCount)) : byPace;
  }

  #notePace(pollMs: number): void {
    this.#pollMs = Math.max(pollMs, this.#pollMs * PACE_MEMORY);
    if (pollMs > SLOW_POLL_MS) this.#wary = WARY_LOOKS;
    else if (this.#wary > 0) this.#wary--;
  }

  /**
   * One that fails keeps neither the others nor the driver's turn, by whose end the others are to
   * know what became of what they gave.
   */
  #flush(): void {
    const batch = this.#flushables;
    this.#flushables = this.#flushing;
    this.#flushing = batch;
    for (let i = 0; i < batch.length; i++) {
      try {
        batch[i]?.flush();
      } catch (error) {
        this.#failures.push(error);
      }
    }
    batch.length = 0;
  }

  #throwFailures(): never {
    const failures = this.#failures.splice(0);
    if (failures.length === 1) throw failures[0];
    throw new AggregateError(failures, "Several flushes failed");
  }
}
