import { Runtime } from "./runtime.ts";
import { deadlineAfter, TimerWait } from "./sleep.ts";

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
 * @throws RangeError when `ms` is not a positive number; the iteration rejects with `signal.reason`
 *   or the task's abort reason when aborted
 * @example
 * ```ts
 * import { interval } from "@bascule/core";
 * for await (const tick of interval(1)) if (tick === 2) break;
 * ```
 */
export function interval(ms: number, options: IntervalOptions = {}): AsyncIterable<number> {
  if (!(ms > 0)) {
    throw new RangeError(`Cannot tick every "${ms}" ms: pass a number of milliseconds above 0`);
  }
  const { missed = "burst", signal, ref = true } = options;
  if (missed !== "burst" && missed !== "delay" && missed !== "skip") {
    throw new TypeError(`Cannot use missed "${missed}": use "burst", "delay" or "skip"`);
  }
  return { [Symbol.asyncIterator]: () => ticks(ms, missed, signal, ref) };
}

async function* ticks(
  ms: number,
  missed: "burst" | "delay" | "skip",
  signal: AbortSignal | undefined,
  referenced: boolean,
): AsyncGenerator<number> {
  let dueMs = deadlineAfter(Runtime.current().loop.clock, ms, "tick");
  for (let tick = 0; ; tick++) {
    const runtime = Runtime.current();
    const wait = new TimerWait(runtime.loop.timers, dueMs, referenced, { signal });
    runtime.schedule();
    await wait.promise;
    yield tick;
    dueMs += ms;
    const lateMs = runtime.loop.clock.now() - dueMs;
    if (lateMs <= 0) continue;
    if (missed === "delay") dueMs += lateMs;
    if (missed === "skip") {
      const dropped = Math.ceil(lateMs / ms);
      tick += dropped;
      dueMs += dropped * ms;
    }
  }
}
