import type { TaskSnapshot } from "@bascule/core";
import type { ConsoleReport } from "../report.ts";
import { fit, formatCount, formatDuration, formatShare, plain } from "./cells.ts";
import { taskRates, type TaskRates } from "./rates.ts";

/** What tasks can be ordered by; the greatest first, but for names and ids. */
export const SORT_KEYS = ["busy", "polls", "longest poll", "waiting", "name", "id"] as const;

export type SortKey = (typeof SORT_KEYS)[number];

const IDLE: TaskRates = { busy: 0, scheduled: 0, polls: 0 };
const NAME_COLUMNS = 20;
const WAIT_COLUMNS = 34;

/** A heading, then a line for each task. */
export function taskTable(
  report: ConsoleReport,
  before: ConsoleReport | null,
  at: number,
  sort: SortKey,
): string[] {
  const tasks = report.runtimes[at]?.tasks ?? [];
  const rates = taskRates(report, before, at);
  const heading =
    `${fit("ID", 6, "right")} ${fit("NAME", NAME_COLUMNS)} ${fit("STATE", 9)} ` +
    `${fit("BUSY%", 6, "right")} ${fit("QUEUE%", 6, "right")} ${fit("POLLS/S", 8, "right")} ` +
    `${fit("POLLS", 8, "right")} ${fit("SELF", 6, "right")} ${fit("LONGEST", 9, "right")} ` +
    `${fit("WAITING", 9, "right")} ${fit("FOR", WAIT_COLUMNS)} SPAWNED AT`;
  const ordered = tasks.toSorted(orderBy(sort, rates));
  return [heading, ...ordered.map((task) => row(task, rates.get(task.id) ?? IDLE))];
}

function row(task: TaskSnapshot, rates: TaskRates): string {
  const { id, isAborted, name, polls, spawnSite, state, times, waits } = task;
  const [wait] = waits;
  const others = waits.length > 1 ? ` and ${waits.length - 1} more` : "";
  const foreign = state === "idle" && id !== 0 ? "a promise that is not ours" : "";
  const on = wait === undefined ? foreign : plain(wait.on) + others;
  const forMs = wait?.forMs ?? times?.sinceLastPollMs ?? null;
  return [
    fit(String(id), 6, "right"),
    fit(id === 0 ? "(outside tasks)" : plain(name), NAME_COLUMNS),
    fit(isAborted ? "aborted" : state, 9),
    fit(formatShare(rates.busy), 6, "right"),
    fit(formatShare(rates.scheduled), 6, "right"),
    fit(formatCount(rates.polls), 8, "right"),
    fit(formatCount(polls), 8, "right"),
    fit(times === null ? "-" : formatCount(times.selfWakes), 6, "right"),
    fit(times === null ? "-" : formatDuration(times.pollMsMax), 9, "right"),
    fit(forMs === null || state !== "idle" ? "-" : formatDuration(forMs), 9, "right"),
    fit(on, WAIT_COLUMNS),
    shortSite(plain(spawnSite)),
  ].join(" ");
}

/** `serve (/srv/app/src/server.ts:11:34)` without the folders. */
function shortSite(site: string): string {
  return site.replace(/\/[^\s()]*\//, "");
}

function orderBy(
  sort: SortKey,
  rates: ReadonlyMap<number, TaskRates>,
): (left: TaskSnapshot, right: TaskSnapshot) => number {
  const by = (read: (task: TaskSnapshot) => number) => (left: TaskSnapshot, right: TaskSnapshot) =>
    read(right) - read(left) || left.id - right.id;
  const orders = {
    busy: by(({ id }) => rates.get(id)?.busy ?? 0),
    polls: by(({ id }) => rates.get(id)?.polls ?? 0),
    "longest poll": by(({ times }) => times?.pollMsMax ?? 0),
    waiting: by(({ waits, times }) => waits[0]?.forMs ?? times?.sinceLastPollMs ?? 0),
    name: (left: TaskSnapshot, right: TaskSnapshot) =>
      left.name.localeCompare(right.name) || left.id - right.id,
    id: (left: TaskSnapshot, right: TaskSnapshot) => left.id - right.id,
  };
  return orders[sort];
}
