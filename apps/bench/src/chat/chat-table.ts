import {
  BUSY_COLUMNS,
  busyCells,
  LATENCY_COLUMNS,
  latencyCells,
  rateCells,
} from "../report/load-columns.ts";
import { baseSeries, medianOf, ratioTo } from "../report/series.ts";
import { type Column, formatDecimal, renderTable } from "../report/table.ts";
import type { Series } from "../rounds.ts";
import type { ChatSample } from "./chat-sample.ts";

const COLUMNS: readonly Column[] = [
  { heading: "chat", align: "left" },
  { heading: "deliveries/s", align: "right" },
  { heading: "min-max", align: "right" },
  { heading: "to batched", align: "right" },
  { heading: "to each", align: "right" },
  ...LATENCY_COLUMNS,
  { heading: "user us", align: "right" },
  { heading: "sys us", align: "right" },
  { heading: "RSS MB", align: "right" },
  { heading: "calls", align: "right" },
  ...BUSY_COLUMNS,
];

/** The table of one cell: times and system calls are per delivery. */
export function chatTable(all: readonly Series<ChatSample>[]): string {
  return renderTable(
    COLUMNS,
    all.map((series) => row(series, all)),
  );
}

/** The ratio of deliveries to those of a peer, paired by round. */
export function deliveryRatio(
  all: readonly Series<ChatSample>[],
  peerName: string,
  series: Series<ChatSample>,
): number {
  return ratioTo(baseSeries(all, peerName), series, (sample) => sample.deliveriesPerSecond);
}

function row(series: Series<ChatSample>, all: readonly Series<ChatSample>[]): string[] {
  const of = (key: keyof ChatSample): number => medianOf(series, (sample) => sample[key]);
  return [
    series.contender.label,
    ...rateCells(series, (sample) => sample.deliveriesPerSecond),
    formatDecimal(deliveryRatio(all, "bun-batched", series), 2),
    formatDecimal(deliveryRatio(all, "bun-each", series), 2),
    ...latencyCells(series),
    formatDecimal(of("userMicrosPerDelivery"), 3),
    formatDecimal(of("systemMicrosPerDelivery"), 3),
    formatDecimal(of("residentMegabytes"), 0),
    formatDecimal(of("systemCallsPerDelivery"), 4),
    ...busyCells(series),
  ];
}
