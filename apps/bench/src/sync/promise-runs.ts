import { suspendOnce, type SyncRuns } from "./sync-operation.ts";

/**
 * Promises alone, without a task that could be aborted, a line, or a bound: the floor under
 * everything here, and equivalent to nothing.
 */
export const PROMISE_RUNS: SyncRuns = { lock: awaitOnce, notify: roundTrip };

async function awaitOnce(count: number): Promise<number> {
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) await suspendOnce();
  return Bun.nanoseconds() - start;
}

async function roundTrip(count: number): Promise<number> {
  let wakeOther: (() => void) | null = null;
  const play = async (): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = wakeOther;
      wakeOther = resolve;
      wake?.();
      await promise;
    }
    wakeOther?.();
  };
  const start = Bun.nanoseconds();
  await Promise.all([play(), play()]);
  return Bun.nanoseconds() - start;
}
