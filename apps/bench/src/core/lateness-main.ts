// Measures how late a thousand timers are beside a task that is always ready, hosted in Bun's loop,
// on the driver that BASCULE_DRIVER names.
import { JoinSet, sleep, spawn, spendBudget, yieldNow } from "@bascule/core";
import type { Lateness, LatenessLoad, LatenessSettings } from "./lateness.ts";

const TIMERS = 1000;
const SLEEP_MS_MAX = 100;
const WARM_UP_MS = 200;

const LOADS: readonly LatenessLoad[] = [
  { name: "nothing", turn: null },
  { name: "a task that yields for ever", turn: () => undefined },
  { name: "a task that spends its whole budget each time", turn: spendAll },
  { name: "a task that computes for 0.05 ms each time", turn: () => computeFor(0.05) },
  { name: "a task that computes for 0.5 ms each time", turn: () => computeFor(0.5) },
];

function spendAll(): void {
  while (spendBudget());
}

function computeFor(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

/** Sleeps again and again, for a time of its own each time, and notes how late it wakes. */
async function keepSleeping(endMs: number, lateMs: number[]): Promise<void> {
  for (let nowMs = performance.now(); nowMs < endMs;) {
    const ms = Math.random() * SLEEP_MS_MAX;
    await sleep(ms);
    const wokenMs = performance.now();
    lateMs.push(wokenMs - nowMs - ms);
    nowMs = wokenMs;
  }
}

async function measure(load: LatenessLoad, millis: number): Promise<number[]> {
  const lateMs: number[] = [];
  const { turn } = load;
  await using busy = spawn(async () => {
    if (turn === null) return;
    for (;;) {
      turn();
      await yieldNow();
    }
  });
  busy.unref();
  await using sleepers = new JoinSet<void>();
  const endMs = performance.now() + millis;
  for (let i = 0; i < TIMERS; i++) sleepers.spawn(() => keepSleeping(endMs, lateMs));
  for await (const _ of sleepers);
  return lateMs.toSorted((left, right) => left - right);
}

function summaryOf(name: string, sorted: readonly number[]): Lateness {
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { name, p50Millis: at(0.5), p99Millis: at(0.99), maxMillis: at(1) };
}

const { millis } = JSON.parse(process.argv[2] ?? "null") as LatenessSettings;
const results: Lateness[] = [];
for (const load of LOADS) {
  await measure(load, Math.min(WARM_UP_MS, millis));
  results.push(summaryOf(load.name, await measure(load, millis)));
}
process.stdout.write(`${JSON.stringify(results)}\n`);
