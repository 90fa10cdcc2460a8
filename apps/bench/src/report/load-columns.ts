import type { BusyShares } from "../process/busy-shares.ts";
import type { Series } from "../rounds.ts";
import { type Figure, medianOf, spreadOfSeries } from "./series.ts";
import { type Column, formatCount, formatDecimal, formatShort } from "./table.ts";

/** How long things took, in every table of servers under load. */
export const LATENCY_COLUMNS: readonly Column[] = [
  { heading: "p50 us", align: "right" },
  { heading: "p99 us", align: "right" },
];

/** Who used the processor, in every table of servers under load. */
export const BUSY_COLUMNS: readonly Column[] = [
  { heading: "busy %", align: "right" },
  { heading: "load %", align: "right" },
  { heading: "others %", align: "right" },
];

interface Latencies {
  readonly p50Micros: number;
  readonly p99Micros: number;
}

/** The median of a rate, and how far its rounds lie apart. */
export function rateCells<Sample>(series: Series<Sample>, figure: Figure<Sample>): string[] {
  const { median, min, max } = spreadOfSeries(series, figure);
  return [formatCount(median), `${formatShort(min)}-${formatShort(max)}`];
}

/** The cells of {@link LATENCY_COLUMNS}. */
export function latencyCells<Sample extends Latencies>(series: Series<Sample>): string[] {
  const micros = (figure: Figure<Sample>): string => formatDecimal(medianOf(series, figure), 0);
  return [micros(({ p50Micros }) => p50Micros), micros(({ p99Micros }) => p99Micros)];
}

/** The cells of {@link BUSY_COLUMNS}. */
export function busyCells<Sample extends BusyShares>(series: Series<Sample>): string[] {
  const percent = (figure: Figure<Sample>): string =>
    formatDecimal(medianOf(series, figure) * 100, 0);
  return [
    percent(({ serverBusy }) => serverBusy),
    percent(({ loadBusy }) => loadBusy),
    percent(({ othersBusy }) => othersBusy),
  ];
}
