import type { Driver } from "./contract/driver.ts";
import type { DrivesLoop } from "./block-on.ts";
import { EventLoop, POLLS_PER_TURN } from "./event-loop.ts";
import { HostWatch } from "./host-watch.ts";
import type { Task } from "./task.ts";

/** How the host loop shares the thread with Bun. */
export interface HostLoopOptions {
  /** Longest time in a row before Bun's own loop gets its turn. */
  tickMsMax: number;
  /** How long to look for more work before sleeping, while completions come one by one. */
  spinMs: number;
  /** Have a helper thread watch the driver instead of Bun's loop. */
  watchWithThread: boolean;
  /** Waits that a task may take at once in one poll. */
  budget: number | undefined;
}

/** Completions that come closer together than this are gathered; others are looked out for. */
const DENSE_MS = 0.008;
/** While they are dense: how long to let them gather, and how long to wait for that at most. */
const GATHER_MS = 0.05;
const GATHER_MS_MAX = 0.1;
const GATHERED_MAX = 32;
/** After so long a tick waits for nothing more: Bun's own loop has its turn. */
const GATHERING_TICK_MS = 0.5;
/** Who goes on waiting after the end, where every wait rejects, is let down after so many ticks. */
const LAST_TICKS_MAX = 100;
/** Ticks in a row that may fail before the loop is left to rest. */
const FAILED_TICKS_MAX = 100;
/** Weight of the newest interval in the running mean. */
const NEWEST = 0.2;

/**
 * Runs an {@link EventLoop} inside Bun's event loop: from a microtask when code of the program made
 * something ready, from `setImmediate` while there is more to do, and from Bun's own wait when the
 * driver's `hostFd` becomes readable. No thread, and nothing runs while all is quiet.
 */
export class HostLoop implements DrivesLoop {
  readonly loop: EventLoop;
  readonly #options: HostLoopOptions;
  readonly #watch: HostWatch;
  /** A tick is running, or `blockOn` drives the loop: nobody needs to schedule one. */
  #driven: number = 0;
  /** Of each `enter`: the task in whose poll it came. */
  readonly #interrupted: (Task | null)[] = [];
  #scheduled: boolean = false;
  #parked: boolean = false;
  #closed: boolean = false;
  /** Ticks after the end. */
  #lastTicks: number = 0;
  #failedTicks: number = 0;
  #lastProgressMs: number = 0;
  #meanIntervalMs: number = Number.POSITIVE_INFINITY;
  readonly #tick: () => void = () => this.#runTick(false);
  readonly #tickAfterHost: () => void = () => this.#runTick(true);

  constructor(driver: Driver, options: HostLoopOptions) {
    this.#options = options;
    this.loop = new EventLoop(driver, this, options.budget);
    this.#watch = new HostWatch(driver, () => this.#onHostReadable(), options.watchWithThread);
  }

  /** How often it has left the thread to Bun's loop until something comes. */
  parks: number = 0;

  /** Whether Bun's loop has the thread until something comes. */
  get isParked(): boolean {
    return this.#parked;
  }

  /** How Bun is told of the driver's events: `stream`, `thread`, or `none` while nothing waits. */
  get watchMode(): string {
    return this.#watch.mode;
  }

  /**
   * Something is ready or was submitted: a tick follows in a microtask, unless one is due anyway.
   */
  schedule(): void {
    if (this.#scheduled || this.#driven !== 0) return;
    this.#scheduled = true;
    if (!this.#closed) queueMicrotask(this.#tick);
    else if (this.#lastTicks++ < LAST_TICKS_MAX) setImmediate(this.#tick);
  }

  /** Somebody drives the loop synchronously until `leave`. */
  enter(): void {
    this.#driven++;
    this.#interrupted.push(this.loop.executor.interrupt());
    this.#wakeUp();
  }

  leave(): void {
    this.loop.executor.resume(this.#interrupted.pop() ?? null);
    this.#driven--;
    this.schedule();
  }

  close(): void {
    this.#closed = true;
    this.loop.closed = true;
    this.#watch.close();
  }

  #onHostReadable(): void {
    if (this.#scheduled || this.#driven !== 0 || this.#closed) return;
    this.#scheduled = true;
    this.#runTick(true);
  }

  #runTick(mayGather: boolean): void {
    this.#scheduled = false;
    if (this.#closed) return this.#runLast();
    if (this.#driven !== 0) return;
    this.#driven++;
    this.#wakeUp();
    const startMs = performance.now();
    const before = this.#completions;
    let nowMs = startMs;
    let isCut = false;
    try {
      for (;;) {
        const done = this.loop.round(0);
        nowMs = performance.now();
        isCut = nowMs - startMs > this.#options.tickMsMax;
        if (isCut) break;
        if (done > 0) continue;
        if (!mayGather || !this.#isDense) break;
        isCut = nowMs - startMs > GATHERING_TICK_MS;
        if (isCut || !this.#gather()) break;
      }
      this.loop.executor.reportFailures();
      this.#failedTicks = 0;
    } catch (error) {
      // The program may live on, with a handler for such errors: then whoever else waits must not
      // wait for ever.
      if (this.#failedTicks++ < FAILED_TICKS_MAX) this.#again();
      throw error;
    } finally {
      this.#driven--;
    }
    this.#noteProgress(this.#completions - before, nowMs);
    this.#next(nowMs, isCut);
  }

  /** The driver is gone. Every wait is rejected by now, and whoever waits still is told so. */
  #runLast(): void {
    const { executor } = this.loop;
    executor.run(POLLS_PER_TURN);
    executor.reportFailures();
    if (executor.readyCount > 0) this.schedule();
  }

  /**
   * Lets a few completions come together, in the kernel and for microseconds, instead of sleeping:
   * a wake-up through Bun's loop costs more than handling several messages.
   * @returns whether anything came
   */
  #gather(): boolean {
    const count = Math.min(GATHERED_MAX, Math.ceil(GATHER_MS / this.#meanIntervalMs));
    return this.loop.round(GATHER_MS_MAX, count) > 0;
  }

  get #completions(): number {
    const { completed, partial } = this.loop.driver.ledger.counters;
    return completed + partial;
  }

  /** Again at once, again after Bun's turn, or sleep. */
  #next(nowMs: number, isCut: boolean): void {
    if (this.#closed) return;
    const { loop } = this;
    const deadline = loop.timers.nextDeadlineMs;
    const isDue = deadline !== Number.POSITIVE_INFINITY && deadline <= loop.clock.now();
    if (isCut || loop.isBusy || isDue || this.#isHot(nowMs)) this.#again();
    else if (!loop.driver.park(deadline)) this.#again();
    else this.#sleep();
  }

  #again(): void {
    this.#scheduled = true;
    setImmediate(this.#tickAfterHost);
  }

  #sleep(): void {
    this.#parked = true;
    this.parks++;
    const { loop } = this;
    loop.executor.observer?.parked(performance.now());
    if (loop.isReferenced) this.#watch.watch();
    else if (loop.canProgress) this.#watch.watchUnreferenced();
    else this.#watch.stop();
  }

  #wakeUp(): void {
    if (!this.#parked) return;
    this.#parked = false;
    this.loop.executor.observer?.awoken(performance.now());
    this.loop.driver.awake();
  }

  /**
   * Whether to look again before sleeping. It pays only when completions come one at a time with
   * pauses shorter than a wake-up is worth.
   */
  #isHot(nowMs: number): boolean {
    const { spinMs } = this.#options;
    return (
      this.#meanIntervalMs < spinMs &&
      nowMs - this.#lastProgressMs < spinMs &&
      this.loop.driver.ledger.inFlight > 0
    );
  }

  get #isDense(): boolean {
    return (
      this.#meanIntervalMs < DENSE_MS &&
      this.#options.spinMs > 0 &&
      this.loop.driver.ledger.inFlight > 0
    );
  }

  #noteProgress(completions: number, nowMs: number): void {
    if (completions === 0) return;
    const interval = Math.min((nowMs - this.#lastProgressMs) / completions, 1000);
    this.#lastProgressMs = nowMs;
    const mean = this.#meanIntervalMs;
    this.#meanIntervalMs = mean > 1000 ? interval : mean + (interval - mean) * NEWEST;
  }
}
