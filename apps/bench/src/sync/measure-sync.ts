import type { BenchContext, Measured } from "../context.ts";
import { peer, programPath } from "../contender.ts";
import type { Timing } from "../core/operation.ts";
import { QUICK_SAMPLES, SAMPLES } from "../core/time-operation.ts";
import { runProgram } from "../process/run-program.ts";
import { failuresOf, interleave, type Series } from "../rounds.ts";
import { LIBRARY_LABELS, SYNC_LIBRARIES, type SyncLibrary } from "./sync-library.ts";
import { bestNanos, medianNanos, ratioToBascule, syncTable } from "./sync-table.ts";
import type { SyncSettings } from "./sync-main.ts";

const PROGRAM = programPath("./sync/sync-main.ts");
const TIMEOUT_MS = 180_000;

/** Nanoseconds of channels, locks, notifications and `select`, beside what npm has. */
export async function measureSync(context: BenchContext): Promise<Measured> {
  const { options } = context;
  const sampling = options.quick ? QUICK_SAMPLES : SAMPLES;
  const contenders = SYNC_LIBRARIES.map((name) => peer(name, LIBRARY_LABELS[name], PROGRAM));
  const all = await interleave(contenders, options.rounds, ({ name, label }) => {
    context.progress(`sync: ${label}`);
    return runProgram<SyncSettings, Timing[]>({
      program: PROGRAM,
      settings: { ...sampling, library: name as SyncLibrary },
      pin: [],
      driver: null,
      timeoutMs: TIMEOUT_MS,
      subject: label,
    });
  });
  return {
    text:
      "sync, nanoseconds; inside Bun's loop, and `owned` by blockOn; times: to Bascule's\n" +
      syncTable(all),
    data: all.map((series) => seriesData(series, all)),
    failures: failuresOf(all),
  };
}

function seriesData(series: Series<Timing[]>, all: readonly Series<Timing[]>[]): unknown {
  const names = [...new Set(series.samples.flatMap((sample) => sample ?? []).map(nameOf))];
  const byName = (figure: (name: string) => number): unknown =>
    Object.fromEntries(names.map((name) => [name, figure(name)]));
  return {
    name: series.contender.name,
    rounds: series.samples,
    medians: byName((name) => medianNanos(series, name)),
    bests: byName((name) => bestNanos(series, name)),
    timesBascule: byName((name) => ratioToBascule(series, all, name)),
  };
}

function nameOf({ name }: Timing): string {
  return name;
}
