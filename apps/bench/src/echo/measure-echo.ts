import type { BenchContext, Measured } from "../context.ts";
import { onOurDrivers, peer, programPath } from "../contender.ts";
import type { EchoLoadResult } from "../load/echo-settings.ts";
import { measureServers } from "../measure-servers.ts";
import { baseSeries, ratioTo } from "../report/series.ts";
import type { Series } from "../rounds.ts";
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

/**
 * Echo servers side by side: our own app on each driver, `Bun.listen`, `node:net` on Bun, and what
 * an async function per connection costs without any runtime.
 */
export async function measureEcho(context: BenchContext): Promise<Measured> {
  const ours = onOurDrivers(programPath("../../echo/src/main.ts"));
  const hasRing = ours.some(({ driver }) => driver === "uring");
  const bare = peer("bare-ring", "bare io_uring", programPath("./servers/echo-bare.ts"));
  const contenders = [
    ...ours,
    ...(hasRing ? [bare] : []),
    peer("bun-listen", "Bun.listen", programPath("./servers/echo-bun.ts")),
    peer("node-net", "node:net on Bun", programPath("./servers/echo-node.ts")),
  ];
  return await measureServers<EchoCell, EchoLoadResult, EchoSample>(context, {
    name: "echo",
    contenders,
    cells: context.options.quick ? QUICK_CELLS : CELLS,
    load: LOAD,
    title,
    sample: echoSample,
    table: echoTable,
    ratios,
  });
}

function ratios(series: Series<EchoSample>, all: readonly Series<EchoSample>[]): object {
  const base = baseSeries(all, "bun-listen");
  const ratio = (key: keyof EchoSample): number => ratioTo(base, series, (sample) => sample[key]);
  return {
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
