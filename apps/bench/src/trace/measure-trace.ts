import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { BenchOptions } from "../arguments.ts";
import type { BenchContext, Measured } from "../context.ts";
import { type Contender, onOurDrivers, programPath } from "../contender.ts";
import { echoSample, type EchoSample } from "../echo/echo-sample.ts";
import type { EchoLoadResult } from "../load/echo-settings.ts";
import { undoAtEnd } from "../process/clean-up.ts";
import { KeptServers, warmUpText } from "../process/kept-servers.ts";
import { rateCells } from "../report/load-columns.ts";
import { baseSeries, medianOf, medianSample, ratioTo } from "../report/series.ts";
import { type Column, formatDecimal, renderTable } from "../report/table.ts";
import { failuresOf, interleave, type Series } from "../rounds.ts";

const CELL = { messageBytes: 64, connections: 50 };
const LOAD = programPath("./load/echo-main.ts");
const SERVER = programPath("../../echo/src/main.ts");
/** Far more than a run writes: it must not stop recording. */
const TRACE_MB = "100000";

const COLUMNS: readonly Column[] = [
  { heading: "echo server", align: "left" },
  { heading: "messages/s", align: "right" },
  { heading: "min-max", align: "right" },
  { heading: "ratio", align: "right" },
  { heading: "user us/msg", align: "right" },
  { heading: "sys us/msg", align: "right" },
  { heading: "CPU ratio", align: "right" },
  { heading: "busy %", align: "right" },
  { heading: "others %", align: "right" },
];

/** What observing costs: the same echo server with and without, on each driver. */
export async function measureTrace(context: BenchContext): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "bascule-bench-trace-"));
  using _removed = undoAtEnd(() => rmSync(folder, { recursive: true, force: true }));
  const contenders = contendersOf(folder, context.options);
  await using servers = new KeptServers(context);
  const series = await interleave(contenders, context.options.rounds, async (contender) => {
    context.progress(`trace: ${contender.label}`);
    return echoSample(await servers.run<EchoLoadResult>(contender, LOAD, CELL));
  });
  const caption = `observing, 64 B x 50 connections; ${warmUpText(context.options)}`;
  return {
    text: `${caption}\n${renderTable(COLUMNS, series.map(rowOf(series)))}`,
    data: series.map((each) => dataOf(each, series)),
    failures: failuresOf(series),
  };
}

function contendersOf(folder: string, { against, quick }: BenchOptions): Contender[] {
  return onOurDrivers(SERVER).flatMap((plain) => {
    const { label, name } = plain;
    const traced = { BASCULE_TRACE: join(folder, `${name}-%p.json`), BASCULE_TRACE_MB: TRACE_MB };
    const contenders = [plain, variant(plain, "traced", "traced", traced)];
    if (quick) return contenders;
    contenders.push(variant(plain, "stalls", "looking for stalls", { BASCULE_STALL_MS: "1000" }));
    if (against === null) return contenders;
    const checkout = resolve(against);
    const before: Contender = {
      ...plain,
      name: `${name}-against`,
      label: `${label}, ${against}`,
      program: join(checkout, "apps/echo/src/main.ts"),
      preload: join(checkout, "apps/bench/src/process/report-usage.ts"),
    };
    return [before, ...contenders];
  });
}

function variant(
  plain: Contender,
  name: string,
  label: string,
  environment: Readonly<Record<string, string>>,
): Contender {
  return {
    ...plain,
    name: `${plain.name}-${name}`,
    label: `${plain.label}, ${label}`,
    environment,
  };
}

/** The same driver's server as it is: what the others are compared with. */
function baseOf(
  series: Series<EchoSample>,
  all: readonly Series<EchoSample>[],
): Series<EchoSample> | undefined {
  return baseSeries(all, series.contender.name.split("-")[0] ?? "");
}

function rowOf(
  all: readonly Series<EchoSample>[],
): (series: Series<EchoSample>) => readonly string[] {
  return (series) => {
    const base = baseOf(series, all);
    const of = (key: keyof EchoSample): number => medianOf(series, (sample) => sample[key]);
    return [
      series.contender.label,
      ...rateCells(series, (sample) => sample.messagesPerSecond),
      formatDecimal(
        ratioTo(base, series, (sample) => sample.messagesPerSecond),
        3,
      ),
      formatDecimal(of("userMicrosPerMessage"), 3),
      formatDecimal(of("systemMicrosPerMessage"), 2),
      formatDecimal(ratioTo(base, series, cpuMicros), 3),
      formatDecimal(of("serverBusy") * 100, 0),
      formatDecimal(of("othersBusy") * 100, 0),
    ];
  };
}

function dataOf(series: Series<EchoSample>, all: readonly Series<EchoSample>[]): unknown {
  const base = baseOf(series, all);
  return {
    name: series.contender.name,
    rounds: series.samples,
    medians: medianSample(series),
    ratiosToUnobserved: {
      messagesPerSecond: ratioTo(base, series, (sample) => sample.messagesPerSecond),
      cpuMicrosPerMessage: ratioTo(base, series, cpuMicros),
    },
  };
}

function cpuMicros({ userMicrosPerMessage, systemMicrosPerMessage }: EchoSample): number {
  return userMicrosPerMessage + systemMicrosPerMessage;
}
