import { onOurDrivers, programPath } from "../contender.ts";
import type { BenchContext } from "../context.ts";
import { runProgram } from "../process/run-program.ts";
import { median } from "../report/statistics.ts";
import { type Column, formatDecimal, renderTable } from "../report/table.ts";
import { interleave, samplesOf, type Series } from "../rounds.ts";
import type { Lateness, LatenessSettings } from "./lateness.ts";

const PROGRAM = programPath("./core/lateness-main.ts");
const TIMEOUT_MS = 60_000;

/** How late timers are beside a task that is always ready, on either driver. */
export function measureLateness(context: BenchContext): Promise<Series<Lateness[]>[]> {
  const { options, cores } = context;
  const settings: LatenessSettings = { millis: options.quick ? 50 : 1000 };
  return interleave(onOurDrivers(PROGRAM), options.rounds, (contender) => {
    context.progress(`core: timers, ${contender.label}`);
    return runProgram<LatenessSettings, Lateness[]>({
      program: PROGRAM,
      settings,
      pin: cores.server,
      driver: contender.driver,
      timeoutMs: TIMEOUT_MS,
      subject: contender.label,
    });
  });
}

export function latenessTable(all: readonly Series<Lateness[]>[]): string {
  const columns: Column[] = [{ heading: "1000 timers beside", align: "left" }];
  for (const { contender } of all) {
    for (const heading of [`${contender.label} p50`, "p99", "max"]) {
      columns.push({ heading, align: "right" });
    }
  }
  const loads = all.flatMap(samplesOf)[0]?.map(({ name }) => name) ?? [];
  const rows = loads.map((load) => [
    load,
    ...all.flatMap((series) => {
      const { p50Millis, p99Millis, maxMillis } = latenessOf(series, load);
      return [p50Millis, p99Millis, maxMillis].map((millis) => formatDecimal(millis, 2));
    }),
  ]);
  return renderTable(columns, rows);
}

/** Medians over the rounds, by load. */
export function latenessMedians(series: Series<Lateness[]> | undefined): Record<string, Lateness> {
  if (series === undefined) return {};
  const loads = samplesOf(series)[0]?.map(({ name }) => name) ?? [];
  return Object.fromEntries(loads.map((load) => [load, latenessOf(series, load)]));
}

function latenessOf(series: Series<Lateness[]>, name: string): Lateness {
  const rounds = samplesOf(series).flatMap((round) => round.filter((each) => each.name === name));
  return {
    name,
    p50Millis: median(rounds.map(({ p50Millis }) => p50Millis)),
    p99Millis: median(rounds.map(({ p99Millis }) => p99Millis)),
    maxMillis: median(rounds.map(({ maxMillis }) => maxMillis)),
  };
}
