import { type Column, formatCount, formatDecimal, renderTable } from "../report/table.ts";
import { BASE_NAME, type FsCellSeries, type FsContender, type FsFigure } from "./fs-series.ts";

const COLUMNS: readonly Column[] = [
  { heading: "cell", align: "left" },
  { heading: "files by", align: "left" },
  { heading: "ops/s", align: "right" },
  { heading: "MB/s", align: "right" },
  { heading: "ratio", align: "right" },
  { heading: "of best", align: "right" },
  { heading: "p50 us", align: "right" },
  { heading: "p99 us", align: "right" },
  { heading: "user us/op", align: "right" },
  { heading: "sys us/op", align: "right" },
  { heading: "CPU ratio", align: "right" },
];

/** The table of a group of cells; ratios are those to `node:fs/promises`. */
export function fsTable(
  cells: readonly FsCellSeries[],
  contenders: readonly FsContender[],
): string {
  const rows = cells.flatMap((cell) => {
    const able = contenders.filter(({ name }) => cell.samplesOf(name).length > 0);
    return able.map((contender, index) => [
      index === 0 ? cell.cell : "",
      ...figures(cell, contender, contenders),
    ]);
  });
  return renderTable(COLUMNS, rows);
}

/** A contender's rate to that of the fastest one that is not ours. */
export function ratioToBest(
  cell: FsCellSeries,
  name: string,
  contenders: readonly FsContender[],
): number {
  const others = contenders.filter(({ driver }) => driver === null).map((each) => each.name);
  const best = cell.fastestOf(others);
  return best === undefined ? Number.NaN : cell.ratioOf(name, best, "operationsPerSecond");
}

function figures(
  cell: FsCellSeries,
  { name, label }: FsContender,
  contenders: readonly FsContender[],
): string[] {
  const of = (figure: FsFigure): number => cell.medianOf(name, figure);
  const ratio = (figure: FsFigure): string =>
    formatDecimal(cell.ratioOf(name, BASE_NAME, figure), 2);
  return [
    label,
    formatCount(of("operationsPerSecond")),
    formatCount(of("megabytesPerSecond")),
    ratio("operationsPerSecond"),
    formatDecimal(ratioToBest(cell, name, contenders), 2),
    formatDecimal(of("p50Micros"), 1),
    formatDecimal(of("p99Micros"), 1),
    formatDecimal(of("userMicrosPerOperation"), 2),
    formatDecimal(of("systemMicrosPerOperation"), 2),
    ratio("cpuMicrosPerOperation"),
  ];
}
