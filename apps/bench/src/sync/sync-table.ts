import type { Timing } from "../core/operation.ts";
import { baseSeries, medianOf, ratioTo } from "../report/series.ts";
import { type Column, formatCount, formatDecimal, renderTable } from "../report/table.ts";
import { samplesOf, type Series } from "../rounds.ts";
import { SYNC_OPERATIONS, type SyncOperation } from "./sync-operation.ts";

const COLUMNS: readonly Column[] = [
  { heading: "operation", align: "left" },
  { heading: "with", align: "left" },
  { heading: "ns", align: "right" },
  { heading: "best", align: "right" },
  { heading: "goal", align: "right" },
  { heading: "times", align: "right" },
];

/** One block of rows for each operation: ours, and whoever else has it. */
export function syncTable(all: readonly Series<Timing[]>[]): string {
  const names = Object.keys(SYNC_OPERATIONS) as SyncOperation[];
  return renderTable(
    COLUMNS,
    names.flatMap((name) => rows(all, name)),
  );
}

/** The median round of one operation. */
export function medianNanos(series: Series<Timing[]>, name: string): number {
  return medianOf(series, (timings) => nanosOf(timings, name));
}

/** The best sample of one operation. */
export function bestNanos(series: Series<Timing[]>, name: string): number {
  const timings = samplesOf(series).flat();
  return Math.min(...timings.flatMap((each) => (each.name === name ? [each.nanosMin] : [])));
}

/** How many times as long as Bascule's, inside Bun's loop: the median of the ratios by round. */
export function ratioToBascule(
  series: Series<Timing[]>,
  all: readonly Series<Timing[]>[],
  name: string,
): number {
  return ratioTo(baseSeries(all, "bascule"), series, (timings) => nanosOf(timings, name));
}

function rows(all: readonly Series<Timing[]>[], name: SyncOperation): string[][] {
  const { label, goalNanos } = SYNC_OPERATIONS[name];
  const having = all.filter((series) => Number.isFinite(medianNanos(series, name)));
  return having.map((series, index) => [
    index === 0 ? label : "",
    series.contender.label,
    formatCount(medianNanos(series, name)),
    formatCount(bestNanos(series, name)),
    index === 0 && goalNanos !== null ? formatCount(goalNanos) : "",
    formatDecimal(ratioToBascule(series, all, name), 2),
  ]);
}

function nanosOf(timings: readonly Timing[], name: string): number | null {
  return timings.find((timing) => timing.name === name)?.nanos ?? null;
}
