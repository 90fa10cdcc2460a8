import type { EventLoop } from "./event-loop.ts";
import { Runtime } from "./runtime.ts";
import type { Timer } from "./timers.ts";
import { PENDING, Wait, type WaitOptions } from "./wait.ts";

/** Options of {@link interval}. */
export interface IntervalOptions {
  /**
   * What happens to ticks that the consumer was too slow for: `burst` (default) delivers them one
   * after the other until it has caught up, `delay` counts the period anew from the late tick,
   * `skip` drops them and keeps to the original beat.
   */
  missed?: "burst" | "delay" | "skip";
  signal?: AbortSignal | undefined;
  /** Whether a pending tick keeps the process alive; true by default. */
  ref?: boolean;
}

/**
 * Ticks every `ms` milliseconds (fractions count), first after one period. Yields the number of the
 * tick, from 0; with `skip` the numbers of dropped ticks are left out.
 *
 * Cancel-safe: a tick that an aborted `next` was asked for comes out of the following one, at once
 * when it is late. So the iterator can be a branch of a `select` in a loop.
 *
 * @throws RangeError when `ms` is not a positive number; the iteration rejects with `signal.reason`
 *   or the task's abort reason when aborted
 * @example
 * ```ts
 * import { interval } from "@bascule/core";
 * for await (const tick of interval(1)) if (tick === 2) break;
 * ```
 */
export function interval(ms: number, options: IntervalOptions = {}): AsyncIterable<number> {
  if (typeof ms !== "number" || !(ms > 0)) {
    throw new RangeError(`Cannot tick every "${ms}" ms: pass a number of milliseconds above 0`);
  }
  const { missed = "burst", signal, ref = true } = options;
  if (missed !== "burst" && missed !== "delay" && missed !== "skip") {
    throw new TypeError(`Cannot use missed "${missed}": use "burst", "delay" or "skip"`);
  }
  return { [Symbol.asyncIterator]: () => new Ticks(ms, missed, ref, { signal }) };
}

type Tick = IteratorResult<number, undefined>;

/** The beat of one iteration: which tick is next, and when it is due. */
class Beat {
  readonly #ms: number;
  readonly #missed: "burst" | "delay" | "skip";
  #tick: number = 0;
  #dueMs: number;
  #isTaken: boolean = false;

  constructor(ms: number, missed: "burst" | "delay" | "skip", startMs: number) {
    this.#ms = ms;
    this.#missed = missed;
    this.#dueMs = startMs + ms;
  }

  /** When the tick that is asked for now is due. One that was asked for and not taken stays. */
  ask(nowMs: number): number {
    if (this.#isTaken) this.#advance(nowMs);
    return this.#dueMs;
  }

  /** Takes the tick that was due then; undefined when another wait was faster. */
  take(dueMs: number): number | undefined {
    if (this.#isTaken || this.#dueMs !== dueMs) return undefined;
    this.#isTaken = true;
    return this.#tick;
  }

  #advance(nowMs: number): void {
    this.#isTaken = false;
    this.#tick++;
    this.#dueMs += this.#ms;
    const lateMs = nowMs - this.#dueMs;
    if (lateMs <= 0) return;
    if (this.#missed === "delay") this.#dueMs += lateMs;
    if (this.#missed === "skip") {
      const dropped = Math.ceil(lateMs / this.#ms);
      this.#tick += dropped;
      this.#dueMs += dropped * this.#ms;
    }
  }
}

class TickWait extends Wait<Tick> implements Timer {
  deadlineMs: number;
  heapIndex: number = -1;
  sequence: number = 0;
  readonly referenced: boolean;
  readonly #loop: EventLoop;
  readonly #beat: Beat;

  constructor(loop: EventLoop, beat: Beat, referenced: boolean, options: WaitOptions) {
    super(options);
    this.#loop = loop;
    this.#beat = beat;
    this.referenced = referenced;
    this.deadlineMs = beat.ask(loop.clock.now());
    if (this.isWaiting) loop.timers.arm(this);
  }

  fire(): void {
    this.wake();
  }

  override get waitsFor(): string {
    return "timer";
  }

  override get isForTask(): boolean {
    return this.deadlineMs === Number.POSITIVE_INFINITY;
  }

  protected override poll(): Tick | typeof PENDING {
    const value = this.#beat.take(this.deadlineMs);
    if (value !== undefined) return { value, done: false };
    this.deadlineMs = this.#beat.ask(this.#loop.clock.now());
    this.#loop.timers.arm(this);
    return PENDING;
  }

  protected override cancelled(): void {
    this.#loop.timers.cancel(this);
  }
}

class Ticks implements AsyncIterableIterator<number, undefined> {
  readonly #ms: number;
  readonly #missed: "burst" | "delay" | "skip";
  readonly #referenced: boolean;
  readonly #options: WaitOptions;
  #beat: Beat | null = null;
  #isOver: boolean = false;

  constructor(
    ms: number,
    missed: "burst" | "delay" | "skip",
    referenced: boolean,
    options: WaitOptions,
  ) {
    this.#ms = ms;
    this.#missed = missed;
    this.#referenced = referenced;
    this.#options = options;
  }

  next(): Promise<Tick> {
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true });
    const runtime = Runtime.current();
    const { loop } = runtime;
    this.#beat ??= new Beat(this.#ms, this.#missed, loop.clock.now());
    const wait = new TickWait(loop, this.#beat, this.#referenced, this.#options);
    runtime.schedule();
    return wait.promise;
  }

  return(): Promise<Tick> {
    this.#isOver = true;
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
