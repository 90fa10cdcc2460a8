import { describeRuntime, type RuntimeSnapshot } from "@bascule/core";
import type { ConsoleReport } from "../report.ts";
import {
  fit,
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  keepEnd,
  plain,
} from "./cells.ts";
import { loopRates } from "./rates.ts";
import { type SortKey, taskTable } from "./task-table.ts";
import { operationTable, resourceTable } from "./tables.ts";

/** What can be looked at. */
export type Page = "tasks" | "operations" | "resources" | "tree";

/** What the person chose. */
export interface View {
  readonly page: Page;
  readonly sort: SortKey;
  /** Rows of the page that are above the screen. */
  readonly scrolled: number;
  readonly isPaused: boolean;
  readonly columns: number;
  /** Lines of the screen; Infinity for all of the page. */
  readonly rows: number;
}

const BOLD = "\u001b[1m";
const DIM = "\u001b[2m";
const INVERSE = "\u001b[7m";
const PLAIN = "\u001b[0m";
const KEYS =
  "q quit  t tasks  o operations  r resources  d tree  s sort  space pause  " +
  "↑↓ PgUp PgDn scroll";

/** What is on the screen. */
export interface Frame {
  readonly lines: string[];
  /** Rows of the page that are above the screen: as many as were asked for, or as there can be. */
  readonly scrolled: number;
}

/** The lines of {@link layOut}. */
export function drawFrame(
  report: ConsoleReport,
  before: ConsoleReport | null,
  view: View,
  hasColours: boolean,
): string[] {
  return layOut(report, before, view, hasColours).lines;
}

/**
 * Draws a report as lines of at most `columns`, the keys in the last one; without colours it is
 * plain text. Rates are those since the report before.
 */
export function layOut(
  report: ConsoleReport,
  before: ConsoleReport | null,
  view: View,
  hasColours: boolean,
): Frame {
  const paint = (style: string, text: string): string => (hasColours ? style + text + PLAIN : text);
  const head = [title(report, view), memoryLine(report)].map((line) => fit(line, view.columns));
  const lines = [paint(BOLD, head[0] ?? ""), head[1] ?? ""];
  const page: string[] = [];
  for (const [at, snapshot] of report.runtimes.entries()) {
    lines.push(...loopLines(report, before, at).map((line) => fit(line, view.columns)));
    page.push(...pageLines(report, before, at, snapshot, view));
  }
  if (report.runtimes.length === 0) lines.push("no runtime: none was made, or all are shut down");
  const [heading = "", ...body] = page.map((line) => fit(line, view.columns).trimEnd());
  const room = Math.max(view.rows - lines.length - 2, 0);
  const scrolled = Math.min(view.scrolled, Math.max(body.length - room, 0));
  const shown = body.slice(scrolled, scrolled + room);
  lines.push(paint(INVERSE, fit(heading, view.columns)), ...shown);
  if (view.rows === Number.POSITIVE_INFINITY) {
    return { lines: lines.map((line) => line.trimEnd()), scrolled };
  }
  while (lines.length < view.rows - 1) lines.push("");
  const keys = paint(DIM, fit(KEYS, view.columns));
  return { lines: [...lines.slice(0, view.rows - 1), keys], scrolled };
}

function title({ processId, program, threadId, upMs }: ConsoleReport, view: View): string {
  const thread = threadId === 0 ? "" : `, thread ${threadId}`;
  const paused = view.isPaused ? "   paused" : "";
  const sort = view.page === "tasks" ? ` by ${view.sort}` : "";
  const head = "bascule top   ";
  const rest =
    `   process ${processId}${thread}   up ${formatDuration(upMs)}   ` +
    `${view.page}${sort}${paused}`;
  const room = view.columns - Bun.stringWidth(head + rest);
  return `${head}${keepEnd(plain(program), room)}${rest}`;
}

function memoryLine({ heapBytes, residentBytes, runtimes }: ConsoleReport): string {
  const memory = `memory   ${formatBytes(residentBytes)} resident, ${formatBytes(heapBytes)} heap`;
  if (runtimes.length < 2) return memory; // its own line says how many tasks it has
  const live = runtimes.reduce((sum, { metrics }) => sum + metrics.tasks.live, 0);
  return `${memory}   ${formatCount(live)} live tasks in ${runtimes.length} runtimes`;
}

function loopLines(report: ConsoleReport, before: ConsoleReport | null, at: number): string[] {
  const snapshot = report.runtimes[at];
  if (snapshot === undefined) return [];
  const { driver, metrics, times } = snapshot;
  const rates = loopRates(report, before, at);
  const { operations, receiveBuffers, tasks, timers } = metrics;
  const { shares } = rates;
  const share = (name: string, value: number): string => `${name} ${formatShare(value)} %`;
  const loop =
    shares === null
      ? "times are not measured yet"
      : [
          share("polls", shares.polls),
          share("driver", shares.turns),
          share("kernel waits", shares.waits),
          share("Bun's loop", shares.parked),
          share("others", 1 - shares.polls - shares.turns - shares.waits - shares.parked),
          longest(times),
        ].join("   ");
  return [
    `loop     ${driver}   ${loop}`,
    `tasks    ${formatCount(tasks.live)} live, ${tasks.ready} ready   ` +
      `${formatCount(rates.spawned)}/s spawned   ${formatCount(rates.polls)}/s polls   ` +
      `${formatCount(rates.wakes)}/s wakes   ${timers.armed} timers`,
    `io       ${formatCount(operations.inFlight)} in flight   ` +
      `${formatCount(rates.submitted)}/s submitted   ` +
      `${formatCount(rates.completed)}/s completed   ` +
      `${formatCount(rates.cancelled)}/s cancelled   ${formatCount(rates.systemCalls)}/s calls   ` +
      `${formatCount(rates.waits)}/s waits   ` +
      `${receiveBuffers.free}/${receiveBuffers.count} buffers free`,
  ];
}

/** The bound below which 99 of 100 polls were. */
function longest(times: RuntimeSnapshot["times"]): string {
  if (times === null) return "";
  const { boundsMs, counts } = times.polls;
  const total = counts.reduce((sum, count) => sum + count, 0);
  let passed = 0;
  for (const [index, count] of counts.entries()) {
    passed += count;
    if (total > 0 && passed >= total * 0.99) {
      const bound = boundsMs[index];
      return bound === undefined ? "p99 poll > 8 s" : `p99 poll < ${formatDuration(bound)}`;
    }
  }
  return "";
}

function pageLines(
  report: ConsoleReport,
  before: ConsoleReport | null,
  at: number,
  snapshot: RuntimeSnapshot,
  { page, sort }: View,
): string[] {
  const lines: Readonly<Record<Page, () => string[]>> = {
    tasks: () => taskTable(report, before, at, sort),
    operations: () => operationTable(snapshot),
    resources: () => resourceTable(snapshot),
    tree: () => describeRuntime(snapshot).trimEnd().split("\n"),
  };
  return lines[page]();
}
