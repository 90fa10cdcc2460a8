import { baseSeries, medianOf, ratioTo, spreadOfSeries } from "../report/series.ts";
import {
  type Column,
  formatCount,
  formatDecimal,
  formatShort,
  renderTable,
} from "../report/table.ts";
import type { Series } from "../rounds.ts";
import type { EchoSample } from "./echo-sample.ts";

const COLUMNS: readonly Column[] = [
  { heading: "server", align: "left" },
  { heading: "messages/s", align: "right" },
  { heading: "min-max", align: "right" },
  { heading: "ratio", align: "right" },
  { heading: "p50 us", align: "right" },
  { heading: "p99 us", align: "right" },
  { heading: "user us/msg", align: "right" },
  { heading: "ratio", align: "right" },
  { heading: "sys us/msg", align: "right" },
  { heading: "ratio", align: "right" },
  { heading: "RSS MB", align: "right" },
  { heading: "waits/msg", align: "right" },
  { heading: "calls/msg", align: "right" },
  { heading: "busy %", align: "right" },
  { heading: "load %", align: "right" },
  { heading: "others %", align: "right" },
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
  const rate = spreadOfSeries(series, (sample) => sample.messagesPerSecond);
  const of = (key: keyof EchoSample): number => medianOf(series, (sample) => sample[key]);
  const ratio = (key: keyof EchoSample): string =>
    formatDecimal(
      ratioTo(base, series, (sample) => sample[key]),
      2,
    );
  return [
    series.contender.label,
    formatCount(rate.median),
    `${formatShort(rate.min)}-${formatShort(rate.max)}`,
    ratio("messagesPerSecond"),
    formatDecimal(of("p50Micros"), 0),
    formatDecimal(of("p99Micros"), 0),
    formatDecimal(of("userMicrosPerMessage"), 3),
    ratio("userMicrosPerMessage"),
    formatDecimal(of("systemMicrosPerMessage"), 2),
    ratio("systemMicrosPerMessage"),
    formatDecimal(of("residentMegabytes"), 0),
    formatDecimal(of("waitsPerMessage"), 3),
    formatDecimal(of("systemCallsPerMessage"), 3),
    formatDecimal(of("serverBusy") * 100, 0),
    formatDecimal(of("loadBusy") * 100, 0),
    formatDecimal(of("othersBusy") * 100, 0),
  ];
}
