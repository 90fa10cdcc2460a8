import { Runtime, timeout, type Timer } from "@bascule/core";
import type { Operation } from "./operation.ts";

const OTHERS = 1000;

/** Timers that never fire: every time-out of every request that came in time. */
export const TIMER_OPERATIONS: readonly Operation[] = [
  { name: "timer arm + cancel, 1000 others armed", run: armAndCancel },
  { name: "timeout() around a value that is there", run: timeoutInTime },
];

function timerAt(deadlineMs: number): Timer {
  return { deadlineMs, heapIndex: -1, sequence: 0, referenced: false, fire() {} };
}

async function armAndCancel(count: number): Promise<number> {
  const { timers } = Runtime.current().loop;
  const nowMs = performance.now();
  const others = Array.from({ length: OTHERS }, (_, index) => timerAt(nowMs + 60_000 + index));
  for (const other of others) timers.arm(other);
  const timer = timerAt(0);
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) {
    timer.deadlineMs = nowMs + 60_000 + (i % OTHERS);
    timers.arm(timer);
    timers.cancel(timer);
  }
  const nanos = Bun.nanoseconds() - start;
  for (const other of others) timers.cancel(other);
  return nanos;
}

async function timeoutInTime(count: number): Promise<number> {
  const start = Bun.nanoseconds();
  for (let i = 0; i < count; i++) await timeout(60_000, valueThatIsThere);
  return Bun.nanoseconds() - start;
}

async function valueThatIsThere(): Promise<number> {
  return 1;
}
