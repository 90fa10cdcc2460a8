import { checkFunction } from "./check.ts";
import { Context, contextStorage, currentContext } from "./context.ts";
import { TimeoutError } from "./errors.ts";
import { Runtime } from "./runtime.ts";
import { deadlineAfter } from "./sleep.ts";
import type { Timer } from "./timers.ts";

/** Microtasks that async functions around a wait may need to hand its value on. */
export const HAND_ON_HOPS = 16;

class Deadline implements Timer {
  readonly deadlineMs: number;
  heapIndex: number = -1;
  sequence: number = 0;
  readonly referenced: boolean = true;
  readonly #onFire: () => void;

  constructor(deadlineMs: number, onFire: () => void) {
    this.deadlineMs = deadlineMs;
    this.#onFire = onFire;
  }

  fire(): void {
    this.#onFire();
  }
}

/**
 * Gives `work` at most `ms` milliseconds. At the deadline every wait inside `work` is aborted with
 * a {@link TimeoutError}, and so is the signal it got, for what is not Bascule's (`fetch`). An
 * abort of the task or of a region around reaches both too: of nested deadlines the nearest wins.
 *
 * Loses no data: where a wait inside `work` had its value already, `work` goes on and its result
 * counts, although late. Memory that was lent to the kernel is waited for. Only when nothing of
 * Bascule's is pending inside `work`, and nothing that it took at once is on its way out, does it
 * reject by itself.
 *
 * @throws (rejects) TimeoutError after the deadline; whatever `work` throws; RangeError for a bad
 *   `ms`
 * @example
 * ```ts
 * import { sleep, timeout, TimeoutError } from "@bascule/core";
 * const error = await timeout(1, () => sleep(1000)).catch((reason) => reason);
 * if (!(error instanceof TimeoutError)) throw error;
 * ```
 */
export async function timeout<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  checkFunction(work, "put a time-out on");
  const runtime = Runtime.current();
  const deadlineMs = deadlineAfter(runtime.loop.clock, ms, "wait");
  const parent = currentContext();
  const context = new Context(parent.task, parent);
  const { promise: expired, reject: expire } = Promise.withResolvers<never>();
  const deadline = new Deadline(deadlineMs, () => {
    const error = new TimeoutError(`Timed out after ${ms} ms`);
    const waiting = context.isWaiting;
    context.abort(error);
    if (!waiting) void giveUp(context, () => expire(error));
  });
  runtime.loop.timers.arm(deadline);
  runtime.schedule();
  try {
    const working = contextStorage.run(context, async () => work(context.abortSignal));
    return await Promise.race([working, expired]);
  } finally {
    runtime.loop.timers.cancel(deadline);
    context.leave();
  }
}

/**
 * Nothing in the region waited when its time had come: either for something that is not ours, or
 * what was taken at once is being handed on. The deadline may be seen in a microtask in between.
 */
async function giveUp(region: Context, expire: () => void): Promise<void> {
  for (let hop = 0; hop < HAND_ON_HOPS; hop++) await null;
  if (!region.isWaiting) expire();
}
