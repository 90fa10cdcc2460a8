import type { BenchContext, Measured } from "../context.ts";
import { type Contender, onOurDrivers, peer, programPath } from "../contender.ts";
import type { EchoLoadResult } from "../load/echo-settings.ts";
import { KeptServers, warmUpText } from "../process/kept-servers.ts";
import { baseSeries, medianSample, ratioTo } from "../report/series.ts";
import { failuresOf, interleave, type Series } from "../rounds.ts";
import { echoSample, type EchoSample } from "./echo-sample.ts";
import { echoTable } from "./echo-table.ts";

interface EchoCell {
  readonly messageBytes: number;
  readonly connections: number;
}

const CELLS: readonly EchoCell[] = [
  { messageBytes: 64, connections: 1 },
  { messageBytes: 64, connections: 50 },
  { messageBytes: 64, connections: 1000 },
  { messageBytes: 4096, connections: 1000 },
];
const QUICK_CELLS: readonly EchoCell[] = [
  { messageBytes: 64, connections: 1 },
  { messageBytes: 4096, connections: 20 },
];
const LOAD = programPath("./load/echo-main.ts");

/** Echo servers side by side: our own app on each driver, `Bun.listen`, and `node:net` on Bun. */
export async function measureEcho(context: BenchContext): Promise<Measured> {
  const contenders = [
    ...onOurDrivers(programPath("../../echo/src/main.ts")),
    peer("bun-listen", "Bun.listen", programPath("./servers/echo-bun.ts")),
    peer("node-net", "node:net on Bun", programPath("./servers/echo-node.ts")),
  ];
  const texts: string[] = [];
  const data: unknown[] = [];
  const failures: string[] = [];
  for (const cell of context.options.quick ? QUICK_CELLS : CELLS) {
    const series = await measureCell(context, contenders, cell);
    texts.push(`echo, ${title(cell)}; ${warmUpText(context.options)}\n${echoTable(series)}`);
    data.push({ ...cell, contenders: series.map((each) => seriesData(each, series)) });
    failures.push(...failuresOf(series));
  }
  return { text: texts.join("\n\n"), data, failures };
}

async function measureCell(
  context: BenchContext,
  contenders: readonly Contender[],
  cell: EchoCell,
): Promise<Series<EchoSample>[]> {
  const { rounds } = context.options;
  await using servers = new KeptServers(context);
  return await interleave(contenders, rounds, async (contender) => {
    context.progress(`echo, ${title(cell)}: ${contender.label}`);
    return echoSample(await servers.run<EchoLoadResult>(contender, LOAD, cell));
  });
}

function seriesData(series: Series<EchoSample>, all: readonly Series<EchoSample>[]): unknown {
  const base = baseSeries(all, "bun-listen");
  const ratio = (key: keyof EchoSample): number => ratioTo(base, series, (sample) => sample[key]);
  return {
    name: series.contender.name,
    rounds: series.samples,
    medians: medianSample(series),
    ratiosToBunListen: {
      messagesPerSecond: ratio("messagesPerSecond"),
      userMicrosPerMessage: ratio("userMicrosPerMessage"),
      systemMicrosPerMessage: ratio("systemMicrosPerMessage"),
    },
  };
}

function title({ messageBytes, connections }: EchoCell): string {
  const size = messageBytes < 1024 ? `${messageBytes} B` : `${messageBytes / 1024} KiB`;
  return `${size} x ${connections} connection${connections === 1 ? "" : "s"}`;
}
