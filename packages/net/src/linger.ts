import { checkSignal, type Runtime, type Timer, type WaitOptions } from "@bascule/core";
import { checkLinger } from "./arguments.ts";
import { CloseWait } from "./close-wait.ts";

const LINGER_MS = 2000;

/** How a socket is closed. */
export interface CloseOptions extends WaitOptions {
  /** How long to wait for what was written and has not been taken yet; 2000. */
  lingerMs?: number;
}

/** The same, checked and whole. */
export interface Linger {
  readonly lingerMs: number;
  readonly signal: AbortSignal | undefined;
}

/** @throws RangeError for a bad `lingerMs`, TypeError for a bad signal */
export function lingerOf({ lingerMs = LINGER_MS, signal }: CloseOptions): Linger {
  if (signal !== undefined) checkSignal(signal, "close");
  return { lingerMs: checkLinger(lingerMs), signal };
}

/**
 * Waits until what is to be sent has been, or never will be, or time is up. An abort of the task
 * does not cut it short; the signal does.
 * @param watch is given what to call when nothing is left to wait for
 */
export async function linger(
  runtime: Runtime,
  { lingerMs, signal }: Linger,
  watch: (done: () => void) => void,
): Promise<void> {
  const drained = new CloseWait(null);
  const done = (): void => drained.wake();
  const { clock, timers } = runtime.loop;
  const timer: Timer = {
    deadlineMs: clock.now() + lingerMs,
    heapIndex: -1,
    sequence: 0,
    referenced: true,
    fire: done,
  };
  timers.arm(timer);
  runtime.schedule();
  signal?.addEventListener("abort", done);
  if (signal?.aborted === true) done();
  watch(done);
  await drained.promise;
  signal?.removeEventListener("abort", done);
  timers.cancel(timer);
}

/** Has the signal of a later call cut a close short that is under way. */
export function heedSignal({ signal }: Linger, closing: Promise<void>, cut: () => void): void {
  if (signal === undefined) return;
  if (signal.aborted) {
    cut();
    return;
  }
  signal.addEventListener("abort", cut);
  const forget = (): void => signal.removeEventListener("abort", cut);
  closing.then(forget, forget);
}
