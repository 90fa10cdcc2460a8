import type { BenchContext, Measured } from "./context.ts";
import type { Contender } from "./contender.ts";
import { KeptServers, warmUpText } from "./process/kept-servers.ts";
import type { LoadedRun } from "./process/loaded-server.ts";
import { medianSample } from "./report/series.ts";
import { failuresOf, interleave, type Series } from "./rounds.ts";

/** Servers side by side under one load, in several cells. */
export interface ServerComparison<Cell extends object, Result, Sample extends object> {
  readonly name: string;
  readonly contenders: readonly Contender[];
  readonly cells: readonly Cell[];
  /** Path of the load's program; a cell is its settings. */
  readonly load: string;
  readonly title: (cell: Cell) => string;
  readonly sample: (run: LoadedRun<Result>) => Sample;
  readonly table: (all: readonly Series<Sample>[]) => string;
  /** What else is told of a series in the JSON output. */
  readonly ratios: (series: Series<Sample>, all: readonly Series<Sample>[]) => object;
}

/** Measures every cell in interleaved rounds, each contender's server kept through all of them. */
export async function measureServers<Cell extends object, Result, Sample extends object>(
  context: BenchContext,
  comparison: ServerComparison<Cell, Result, Sample>,
): Promise<Measured> {
  const { name, cells } = comparison;
  const texts: string[] = [];
  const data: unknown[] = [];
  const failures: string[] = [];
  for (const cell of cells) {
    const title = `${name}, ${comparison.title(cell)}`;
    const all = await measureCell(context, comparison, cell, title);
    texts.push(`${title}; ${warmUpText(context.options)}\n${comparison.table(all)}`);
    data.push({ ...cell, contenders: all.map((series) => seriesData(comparison, series, all)) });
    failures.push(...failuresOf(all));
  }
  return { text: texts.join("\n\n"), data, failures };
}

async function measureCell<Cell extends object, Result, Sample extends object>(
  context: BenchContext,
  { contenders, load, sample }: ServerComparison<Cell, Result, Sample>,
  cell: Cell,
  title: string,
): Promise<Series<Sample>[]> {
  await using servers = new KeptServers(context);
  return await interleave(contenders, context.options.rounds, async (contender) => {
    context.progress(`${title}: ${contender.label}`);
    return sample(await servers.run<Result>(contender, load, cell));
  });
}

function seriesData<Cell extends object, Result, Sample extends object>(
  comparison: ServerComparison<Cell, Result, Sample>,
  series: Series<Sample>,
  all: readonly Series<Sample>[],
): unknown {
  return {
    name: series.contender.name,
    rounds: series.samples,
    medians: medianSample(series),
    ...comparison.ratios(series, all),
  };
}
