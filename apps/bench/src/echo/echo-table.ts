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
import type { EchoSample } from "./echo-sample.ts";

const COLUMNS: readonly Column[] = [
  { heading: "server", align: "left" },
  { heading: "messages/s", align: "right" },
  { heading: "min-max", align: "right" },
  { heading: "ratio", align: "right" },
  ...LATENCY_COLUMNS,
  { heading: "user us/msg", align: "right" },
  { heading: "ratio", align: "right" },
  { heading: "sys us/msg", align: "right" },
  { heading: "ratio", align: "right" },
  { heading: "RSS MB", align: "right" },
  { heading: "waits/msg", align: "right" },
  { heading: "calls/msg", align: "right" },
  ...BUSY_COLUMNS,
];

/** The table of one cell; ratios are those to `Bun.listen`. */
export function echoTable(all: readonly Series<EchoSample>[]): string {
  const base = baseSeries(all, "bun-listen");
  return renderTable(
    COLUMNS,
    all.map((series) => row(series, base)),
  );
}

function row(series: Series<EchoSample>, base: Series<EchoSample> | undefined): string[] {
  const of = (key: keyof EchoSample): number => medianOf(series, (sample) => sample[key]);
  const ratio = (key: keyof EchoSample): string =>
    formatDecimal(
      ratioTo(base, series, (sample) => sample[key]),
      2,
    );
  return [
    series.contender.label,
    ...rateCells(series, (sample) => sample.messagesPerSecond),
    ratio("messagesPerSecond"),
    ...latencyCells(series),
    formatDecimal(of("userMicrosPerMessage"), 3),
    ratio("userMicrosPerMessage"),
    formatDecimal(of("systemMicrosPerMessage"), 2),
    ratio("systemMicrosPerMessage"),
    formatDecimal(of("residentMegabytes"), 0),
    formatDecimal(of("waitsPerMessage"), 3),
    formatDecimal(of("systemCallsPerMessage"), 3),
    ...busyCells(series),
  ];
}
