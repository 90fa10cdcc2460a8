// Times what one library can do of the operations. Ours runs inside Bun's loop, as the others do,
// and, as `bascule-owned`, with the thread owned by the runtime.
import { blockOn, spawn } from "@bascule/core";
import type { Timing } from "../core/operation.ts";
import { type SampleSettings, timeOperation } from "../core/time-operation.ts";
import { ASYNC_MUTEX_RUNS } from "./async-mutex-runs.ts";
import { BASCULE_RUNS } from "./bascule-runs.ts";
import { EFFECT_RUNS } from "./effect-runs.ts";
import { P_LIMIT_RUNS, P_QUEUE_RUNS } from "./limiter-runs.ts";
import { PROMISE_RUNS } from "./promise-runs.ts";
import type { SyncLibrary } from "./sync-library.ts";
import type { SyncRuns } from "./sync-operation.ts";
import { TS_CHAN_RUNS } from "./ts-chan-runs.ts";

/** Settings of this program. */
export interface SyncSettings extends SampleSettings {
  readonly library: SyncLibrary;
}

const RUNS: Readonly<Record<SyncLibrary, SyncRuns>> = {
  bascule: BASCULE_RUNS,
  "bascule-owned": BASCULE_RUNS,
  "async-mutex": ASYNC_MUTEX_RUNS,
  "p-limit": P_LIMIT_RUNS,
  "p-queue": P_QUEUE_RUNS,
  "ts-chan": TS_CHAN_RUNS,
  effect: EFFECT_RUNS,
  promises: PROMISE_RUNS,
};

async function timeAll(settings: SyncSettings): Promise<Timing[]> {
  const timings: Timing[] = [];
  for (const [name, run] of Object.entries(RUNS[settings.library])) {
    timings.push(await timeOperation({ name, run }, settings));
  }
  return timings;
}

async function timeLibrary(settings: SyncSettings): Promise<Timing[]> {
  const { library } = settings;
  if (library === "bascule-owned") return blockOn(() => timeAll(settings));
  return library === "bascule" ? await spawn(() => timeAll(settings)) : await timeAll(settings);
}

const settings = JSON.parse(process.argv[2] ?? "null") as SyncSettings;
process.stdout.write(`${JSON.stringify(await timeLibrary(settings))}\n`);
