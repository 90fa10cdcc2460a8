import type { BenchContext, Measured } from "../context.ts";
import { onOurDrivers, programPath } from "../contender.ts";
import { runProgram } from "../process/run-program.ts";
import { median } from "../report/statistics.ts";
import { type Column, formatDecimal, renderTable } from "../report/table.ts";
import { failuresOf, interleave, samplesOf, type Series } from "../rounds.ts";
import { latenessMedians, latenessTable, measureLateness } from "./measure-lateness.ts";
import type { Timing } from "./operation.ts";
import { QUICK_SAMPLES, SAMPLES, type SampleSettings } from "./time-operation.ts";

const PROGRAM = programPath("./core/core-main.ts");
const TIMEOUT_MS = 120_000;

/** Nanoseconds of what the executor does, on either driver, beside `await null`. */
export async function measureCore(context: BenchContext): Promise<Measured> {
  const { options } = context;
  const settings = options.quick ? QUICK_SAMPLES : SAMPLES;
  const series = await interleave(onOurDrivers(PROGRAM), options.rounds, (contender) => {
    context.progress(`core: ${contender.label}`);
    return runProgram<SampleSettings, Timing[]>({
      program: PROGRAM,
      settings,
      // Its compiler and collector work beside it, as they do for anybody: no load needs a core.
      pin: [],
      driver: contender.driver,
      timeoutMs: TIMEOUT_MS,
      subject: contender.label,
    });
  });
  const lateness = await measureLateness(context);
  return {
    text:
      `core, nanoseconds, thread owned by blockOn\n${coreTable(series)}\n\n` +
      `core, milliseconds that timers are late, hosted in Bun's loop\n${latenessTable(lateness)}`,
    data: series.map((each, index) => ({
      name: each.contender.name,
      rounds: each.samples,
      medians: Object.fromEntries(
        names(series).map((name) => [name, medianOf(samplesOf(each), name)]),
      ),
      lateness: latenessMedians(lateness[index]),
    })),
    failures: [...failuresOf(series), ...failuresOf(lateness)],
  };
}

function coreTable(all: readonly Series<Timing[]>[]): string {
  const columns: Column[] = [{ heading: "operation", align: "left" }];
  for (const { contender } of all) {
    columns.push({ heading: contender.label, align: "right" }, { heading: "best", align: "right" });
  }
  const rows = names(all).map((name) => [
    name,
    ...all.flatMap((series) => [
      formatDecimal(medianOf(samplesOf(series), name), 0),
      formatDecimal(bestOf(samplesOf(series), name), 0),
    ]),
  ]);
  return renderTable(columns, rows);
}

function names(all: readonly Series<Timing[]>[]): string[] {
  return all.flatMap(samplesOf)[0]?.map(({ name }) => name) ?? [];
}

function medianOf(samples: readonly Timing[][], name: string): number {
  return median(timingsOf(samples, name).map(({ nanos }) => nanos));
}

function bestOf(samples: readonly Timing[][], name: string): number {
  return Math.min(...timingsOf(samples, name).map(({ nanosMin }) => nanosMin));
}

function timingsOf(samples: readonly Timing[][], name: string): Timing[] {
  return samples.flat().filter((timing) => timing.name === name);
}
