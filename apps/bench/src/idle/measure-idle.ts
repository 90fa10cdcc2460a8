import type { BenchContext, Measured } from "../context.ts";
import { type Contender, onOurDrivers, peer, programPath } from "../contender.ts";
import type { IdleLoadResult } from "../load/idle-settings.ts";
import { runServer } from "../process/loaded-server.ts";
import { medianOf, medianSample } from "../report/series.ts";
import { type Column, formatCount, formatDecimal, renderTable } from "../report/table.ts";
import { failuresOf, interleave, type Series } from "../rounds.ts";

/** The figures of one round: what idle connections cost an echo server. */
interface IdleSample {
  readonly connections: number;
  readonly residentMegabytesBefore: number;
  readonly residentMegabytes: number;
  readonly residentBytesPerConnection: number;
  /** Time on the processor in a second in which nothing happened, in milliseconds. */
  readonly idleCpuMillis: number;
  readonly connectSeconds: number;
}

const COLUMNS: readonly Column[] = [
  { heading: "server", align: "left" },
  { heading: "connections", align: "right" },
  { heading: "RSS before MB", align: "right" },
  { heading: "RSS MB", align: "right" },
  { heading: "bytes/connection", align: "right" },
  { heading: "CPU ms in an idle second", align: "right" },
  { heading: "connected in s", align: "right" },
];
/** Memory hardly varies: three rounds tell as much as five. */
const ROUNDS_MAX = 3;
const LOAD = programPath("./load/idle-main.ts");

/** What 10,000 connections cost that have echoed one message and then keep still. */
export async function measureIdle(context: BenchContext): Promise<Measured> {
  const connections = context.options.quick ? 100 : 10_000;
  const rounds = Math.min(context.options.rounds, ROUNDS_MAX);
  const contenders = [
    ...onOurDrivers(programPath("../../echo/src/main.ts")),
    peer("bun-listen", "Bun.listen", programPath("./servers/echo-bun.ts")),
    peer("node-net", "node:net on Bun", programPath("./servers/echo-node.ts")),
  ];
  const series = await interleave(contenders, rounds, (contender) => {
    context.progress(`idle, ${connections} connections: ${contender.label}`);
    return measureOnce(context, contender, connections);
  });
  return {
    text: `${idleTitle(connections, rounds)}\n${idleTable(series)}`,
    data: series.map((each) => ({
      name: each.contender.name,
      rounds: each.samples,
      medians: medianSample(each),
    })),
    failures: failuresOf(series),
  };
}

/** What the table says of itself: there may be fewer rounds than of everything else. */
export function idleTitle(connections: number, rounds: number): string {
  const title = `idle, echo servers with ${formatCount(connections)} idle connections`;
  return rounds === ROUNDS_MAX ? `${title}; medians of at most ${rounds} rounds` : title;
}

async function measureOnce(
  context: BenchContext,
  contender: Contender,
  connections: number,
): Promise<IdleSample> {
  const load = { contender, program: LOAD, settings: { connections }, reports: 3 };
  const run = await runServer<IdleLoadResult>(context, load);
  const [before, quiet, after] = run.usages;
  if (before === undefined || quiet === undefined || after === undefined) {
    throw new Error("A report is missing");
  }
  const cpuMicros = (usage: typeof after): number => usage.userMicros + usage.systemMicros;
  return {
    connections,
    residentMegabytesBefore: before.residentBytes / 2 ** 20,
    residentMegabytes: after.residentBytes / 2 ** 20,
    residentBytesPerConnection: (after.residentBytes - before.residentBytes) / connections,
    idleCpuMillis: (cpuMicros(after) - cpuMicros(quiet)) / 1000,
    connectSeconds: run.result.connectSeconds,
  };
}

function idleTable(all: readonly Series<IdleSample>[]): string {
  const rows = all.map((series) => {
    const of = (key: keyof IdleSample): number => medianOf(series, (sample) => sample[key]);
    return [
      series.contender.label,
      formatCount(of("connections")),
      formatDecimal(of("residentMegabytesBefore"), 0),
      formatDecimal(of("residentMegabytes"), 0),
      formatCount(of("residentBytesPerConnection")),
      formatDecimal(of("idleCpuMillis"), 1),
      formatDecimal(of("connectSeconds"), 2),
    ];
  });
  return renderTable(COLUMNS, rows);
}
