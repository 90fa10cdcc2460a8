import { baseSeries, medianOf, ratioTo, spreadOfSeries } from "../report/series.ts";
import {
  type Column,
  formatCount,
  formatDecimal,
  formatShort,
  renderTable,
} from "../report/table.ts";
import type { Series } from "../rounds.ts";
import type { ChatSample } from "./chat-sample.ts";

const COLUMNS: readonly Column[] = [
  { heading: "chat", align: "left" },
  { heading: "deliveries/s", align: "right" },
  { heading: "min-max", align: "right" },
  { heading: "to batched", align: "right" },
  { heading: "to each", align: "right" },
  { heading: "p50 us", align: "right" },
  { heading: "p99 us", align: "right" },
  { heading: "user us", align: "right" },
  { heading: "sys us", align: "right" },
  { heading: "RSS MB", align: "right" },
  { heading: "calls", align: "right" },
  { heading: "busy %", align: "right" },
  { heading: "load %", align: "right" },
  { heading: "others %", align: "right" },
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
  const rate = spreadOfSeries(series, (sample) => sample.deliveriesPerSecond);
  const of = (key: keyof ChatSample): number => medianOf(series, (sample) => sample[key]);
  return [
    series.contender.label,
    formatCount(rate.median),
    `${formatShort(rate.min)}-${formatShort(rate.max)}`,
    formatDecimal(deliveryRatio(all, "bun-batched", series), 2),
    formatDecimal(deliveryRatio(all, "bun-each", series), 2),
    formatDecimal(of("p50Micros"), 0),
    formatDecimal(of("p99Micros"), 0),
    formatDecimal(of("userMicrosPerDelivery"), 3),
    formatDecimal(of("systemMicrosPerDelivery"), 3),
    formatDecimal(of("residentMegabytes"), 0),
    formatDecimal(of("systemCallsPerDelivery"), 4),
    formatDecimal(of("serverBusy") * 100, 0),
    formatDecimal(of("loadBusy") * 100, 0),
    formatDecimal(of("othersBusy") * 100, 0),
  ];
}
