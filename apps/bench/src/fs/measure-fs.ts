import { rmSync } from "node:fs";
import type { BenchContext, Measured } from "../context.ts";
import { onOurDrivers, peer, programPath } from "../contender.ts";
import { undoAtEnd } from "../process/clean-up.ts";
import { runProgram } from "../process/run-program.ts";
import { BASE_NAME, FsCellSeries, type FsContender } from "./fs-series.ts";
import { type CellGroup, type FsCellResult, type FsSettings, sizesFor } from "./fs-settings.ts";
import { fsTable, ratioToBest } from "./fs-table.ts";
import { bigPath, makeTestFiles } from "./test-files.ts";

const PROGRAM = programPath("./fs/fs-main.ts");
const TIMEOUT_MS = 180_000;
/** There are many cells: each gets a fifth of the window of the other measurements. */
const WINDOWS_IN_ONE = 5;

const TITLES: Readonly<Record<CellGroup, string>> = {
  random: "4 KiB at random places of 1 GiB in the page cache",
  direct: "4 KiB at random places of 1 GiB, past the page cache (O_DIRECT)",
  sequential: "chunks of 1 MiB, one after the other, in the page cache",
  readFile: "whole files in the page cache, so many at a time",
  small: "10,000 files of 1 KiB",
  live: "2 GiB that are not in the page cache, while a clock ticks; p50 and p99 are its lateness",
};

/** A group of cells, over all rounds. */
interface MeasuredGroup {
  readonly group: CellGroup;
  readonly cells: readonly FsCellSeries[];
  /** What is missing and why, one line each. */
  readonly failures: readonly string[];
}

/** Files through Bascule on each driver, and through everything else that Bun has for them. */
export async function measureFs(context: BenchContext): Promise<Measured> {
  const { options } = context;
  const contenders = contendersOf();
  context.progress("fs: making the test files");
  const folder = makeTestFiles(options.folder, sizesFor(options.quick));
  using _removed = undoAtEnd(() => rmSync(folder, { recursive: true, force: true }));
  const groups: MeasuredGroup[] = [];
  for (const group of options.cells) {
    groups.push(await measureGroup(context, contenders, folder, group));
  }
  const texts = groups.map(
    ({ group, cells }) => `fs ${group}: ${TITLES[group]}\n${fsTable(cells, contenders)}`,
  );
  return {
    text: texts.join("\n\n"),
    data: groups.flatMap(({ cells }) => cells.map((cell) => cellData(cell, contenders))),
    failures: groups.flatMap(({ failures }) => failures),
  };
}

function contendersOf(): FsContender[] {
  return [
    ...onOurDrivers(PROGRAM).map((each) => ({ ...each, api: "bascule" as const })),
    { ...peer(BASE_NAME, "node:fs/promises", PROGRAM), api: "node-promises" },
    { ...peer("node-sync", "node:fs, blocking", PROGRAM), api: "node-sync" },
    { ...peer("bun-file", "Bun.file, Bun.write", PROGRAM), api: "bun-file" },
  ];
}

async function measureGroup(
  context: BenchContext,
  contenders: readonly FsContender[],
  folder: string,
  group: CellGroup,
): Promise<MeasuredGroup> {
  const cells = new Map<string, FsCellSeries>();
  const failures: string[] = [];
  for (let round = 0; round < context.options.rounds; round++) {
    for (const contender of contenders) {
      const subject = `fs ${group}, round ${round + 1} of ${contender.label}`;
      context.progress(subject);
      try {
        for (const result of await measureOnce(context, contender, folder, group)) {
          const series = cells.get(result.cell) ?? new FsCellSeries(group, result.cell);
          cells.set(result.cell, series);
          series.add(contender.name, round, result.sample);
          if (result.failure === null) continue;
          failures.push(`${subject}, ${result.cell}, is missing: ${result.failure}`);
        }
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        failures.push(`${subject} is missing: ${why}`);
      }
    }
  }
  return { group, cells: [...cells.values()], failures };
}

/** One round of one contender: what its process found in the cells that it can do. */
async function measureOnce(
  context: BenchContext,
  contender: FsContender,
  folder: string,
  group: CellGroup,
): Promise<FsCellResult[]> {
  const { options } = context;
  if (group === "live") await dropFromCache(bigPath(folder));
  return await runProgram<FsSettings, FsCellResult[]>({
    program: PROGRAM,
    settings: {
      api: contender.api,
      group,
      folder,
      seconds: options.seconds / WINDOWS_IN_ONE,
      sizes: sizesFor(options.quick),
    },
    pin: [],
    driver: contender.driver,
    timeoutMs: TIMEOUT_MS,
    subject: contender.label,
  });
}

/** Has the kernel forget a file, with dd(1) of the GNU core utilities: posix_fadvise(2). */
async function dropFromCache(path: string): Promise<void> {
  const child = Bun.spawn({
    cmd: ["dd", `if=${path}`, "iflag=nocache", "count=0"],
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const errors = await child.stderr.text();
  if ((await child.exited) !== 0) throw new Error(`Cannot empty the page cache: ${errors.trim()}`);
}

function cellData(cell: FsCellSeries, contenders: readonly FsContender[]): unknown {
  const able = contenders.filter(({ name }) => cell.samplesOf(name).length > 0);
  return {
    group: cell.group,
    cell: cell.cell,
    contenders: able.map(({ name }) => ({
      name,
      rounds: cell.samplesOf(name),
      medians: {
        operationsPerSecond: cell.medianOf(name, "operationsPerSecond"),
        megabytesPerSecond: cell.medianOf(name, "megabytesPerSecond"),
        p50Micros: cell.medianOf(name, "p50Micros"),
        p99Micros: cell.medianOf(name, "p99Micros"),
        userMicrosPerOperation: cell.medianOf(name, "userMicrosPerOperation"),
        systemMicrosPerOperation: cell.medianOf(name, "systemMicrosPerOperation"),
        cpuMicrosPerOperation: cell.medianOf(name, "cpuMicrosPerOperation"),
      },
      ratiosToNodePromises: {
        operationsPerSecond: cell.ratioOf(name, BASE_NAME, "operationsPerSecond"),
        cpuMicrosPerOperation: cell.ratioOf(name, BASE_NAME, "cpuMicrosPerOperation"),
      },
      ratioToBestPeer: ratioToBest(cell, name, contenders),
    })),
  };
}
