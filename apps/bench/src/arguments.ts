import { joinValues, UsageError } from "@bascule/support";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { CELL_GROUPS, type CellGroup } from "./fs/fs-settings.ts";

/** What can be measured, in the order in which everything is. */
export const MEASUREMENTS = ["echo", "chat", "core", "sync", "idle", "fs", "trace"] as const;

/** Name of a measurement. */
export type Measurement = (typeof MEASUREMENTS)[number];

/** What the command line asked for. */
export interface BenchOptions {
  readonly measurements: readonly Measurement[];
  /** One JSON document instead of tables. */
  readonly json: boolean;
  /** Rounds per cell; the figures are medians over them. */
  readonly rounds: number;
  /** Length of one measured window. */
  readonly seconds: number;
  /** Traffic before the first window of a server: it must be compiled by the end of it. */
  readonly warmUpSeconds: number;
  /** One short round of small cells: shows that everything works, measures nothing. */
  readonly quick: boolean;
  /** Which groups of cells of `fs`. */
  readonly cells: readonly CellGroup[];
  /** A checkout of before, to compare with in `trace`. */
  readonly against: string | null;
  /** Where `fs` makes its test files, 2.3 GiB of them. */
  readonly folder: string;
}

const OPTIONS = {
  against: { type: "string" },
  cells: { type: "string" },
  folder: { type: "string" },
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  quick: { type: "boolean" },
  rounds: { type: "string" },
  seconds: { type: "string" },
  warmup: { type: "string" },
} as const;

/** What `--help` prints. */
export const USAGE: string = `Usage: ./dev bench [name ...] [options]

  echo   echo servers: 64 B and 4 KiB messages over 1 to 1000 connections
  chat   chat rooms: deliveries per second of 100 and 1000 clients
  core   nanoseconds of spawn, wake, yield, timers and ready reads
  sync   nanoseconds of channels, locks, notify and select, beside npm's
  idle   memory of 10,000 idle connections
  trace  what looking costs: the echo server, watched for stalls, and traced
  fs     files: random, direct and sequential, whole and small ones, and a live loop

Without a name, everything. Options:
  --rounds N   interleaved rounds, of which the median counts (default 5)
  --seconds S  length of one measured window (default 2)
  --warmup S   traffic before a server's first window (default 6), before later ones up to 2
  --quick      one short round of small cells, to see that it works
  --cells A,B  of fs only these: ${CELL_GROUPS.join(", ")}
  --against F  of trace also the echo server of another checkout
  --folder F   where fs makes 2.3 GiB of files; the folder for temporary files
  --json       one JSON document on standard output instead of tables`;

/**
 * Reads the command line.
 * @returns null when the user asked for help
 * @throws UsageError with one line that says what is wrong
 */
export function parseArguments(argv: readonly string[]): BenchOptions | null {
  const { values, positionals } = parse(argv);
  if (values.help === true) return null;
  const quick = values.quick === true;
  const seconds = numberOption("seconds", values.seconds, quick ? 0.3 : 2, 0.05, 600);
  return {
    measurements: positionals.length === 0 ? MEASUREMENTS : positionals.map(measurementOf),
    json: values.json === true,
    rounds: integerOption("rounds", values.rounds, quick ? 1 : 5, 1, 1000),
    seconds,
    warmUpSeconds: numberOption("warmup", values.warmup, quick ? 0.3 : 6, 0, 600),
    quick,
    cells: values.cells === undefined ? CELL_GROUPS : values.cells.split(",").map(groupOf),
    against: values.against ?? null,
    folder: values.folder ?? tmpdir(),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: joinValues(argv, OPTIONS),
      allowPositionals: true,
      options: OPTIONS,
    });
  } catch (error) {
    const detail = error instanceof Error ? error.message.split(/\.?\n|\. /)[0] : String(error);
    throw new UsageError(`${detail}: ./dev bench --help lists the options`);
  }
}

function measurementOf(name: string): Measurement {
  const found = MEASUREMENTS.find((each) => each === name);
  if (found !== undefined) return found;
  throw new UsageError(`There is no measurement "${name}": choose from ${MEASUREMENTS.join(", ")}`);
}

function groupOf(name: string): CellGroup {
  const found = CELL_GROUPS.find((each) => each === name);
  if (found !== undefined) return found;
  throw new UsageError(`There are no cells "${name}": choose from ${CELL_GROUPS.join(", ")}`);
}

function numberOption(
  name: string,
  text: string | undefined,
  otherwise: number,
  least: number,
  most: number,
): number {
  if (text === undefined) return otherwise;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw new UsageError(`Cannot use --${name} "${text}": pass a number from ${least} to ${most}`);
}

function integerOption(
  name: string,
  text: string | undefined,
  otherwise: number,
  least: number,
  most: number,
): number {
  const value = numberOption(name, text, otherwise, least, most);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`Cannot use --${name} "${text}": pass a whole number`);
}
