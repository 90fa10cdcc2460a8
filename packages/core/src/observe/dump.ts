import { counted } from "../counted.ts";
import type {
  OperationSnapshot,
  RuntimeSnapshot,
  ScopeSnapshot,
  TaskSnapshot,
} from "./snapshot.ts";

/** Branches are indented down to here; below, the depth is a number. */
const DEPTH_MAX = 20;

/**
 * A snapshot as text for people: a tree of tasks and scopes, each under the task that made it, then
 * the operations in flight and what is open. Ends in a new line.
 * @example
 * ```ts
 * import { describeRuntime, Runtime, sleep, spawn } from "@bascule/core";
 * await using napping = spawn(() => sleep(1000), { name: "nap" });
 * await sleep(1);
 * const text = describeRuntime(Runtime.current().snapshot());
 * if (!text.includes(`task ${napping.id} "nap" idle`)) throw new Error(text);
 * ```
 */
export function describeRuntime(snapshot: RuntimeSnapshot): string {
  const { driver, metrics, operations, processId, resources, tasks } = snapshot;
  const { live, ready, spawned } = metrics.tasks;
  const lines = [
    `bascule: process ${processId}, driver ${driver}: ${counted(live, "task")} (${ready} ready, ` +
      `${spawned} spawned so far), ` +
      `${counted(metrics.operations.inFlight, "operation")} in flight, ` +
      `${counted(metrics.timers.armed, "timer")}, ${counted(metrics.polls, "poll")}`,
    ...new TaskTree(snapshot).lines(),
  ];
  if (tasks.length === 0) lines.push("  no tasks");
  if (operations.length > 0) lines.push("  operations in flight");
  for (const operation of operations) lines.push(`    ${describeOperation(operation)}`);
  if (resources.length > 0) lines.push("  open");
  for (const { kind, detail } of resources) lines.push(`    ${`${kind} ${detail}`.trimEnd()}`);
  return `${lines.map(plain).join("\n")}\n`;
}

/** Names may come from afar: nothing in them that a terminal would obey, or that breaks a line. */
function plain(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "·");
}

/** A line, and what belongs under it. */
interface Branch {
  readonly title: string;
  readonly notes: readonly string[];
  readonly children: Branch[];
}

/** Tasks under the scope that holds them or the task that spawned them, scopes under their task. */
class TaskTree {
  readonly #root: Branch = { title: "", notes: [], children: [] };

  constructor({ tasks, scopes }: RuntimeSnapshot) {
    const taskBranches = new Map(tasks.map((task) => [task.id, branchOfTask(task)]));
    const scopeBranches = new Map(scopes.map((scope) => [scope.id, branchOfScope(scope)]));
    for (const { id, ownerId } of scopes) {
      this.#attach(scopeBranches.get(id), taskBranches.get(ownerId));
    }
    for (const { id, scopeId, parentId } of tasks) {
      const parent = scopeId === null ? taskBranches.get(parentId) : scopeBranches.get(scopeId);
      this.#attach(taskBranches.get(id), id === 0 ? undefined : parent);
    }
  }

  /** A tree may be deeper than a stack: the branches still to come are kept in an array. */
  lines(): string[] {
    const lines: string[] = [];
    const ahead = placesUnder({ branch: this.#root, first: "", rest: "  ", depth: -1 });
    for (let place = ahead.pop(); place !== undefined; place = ahead.pop()) {
      const { branch, depth, first, rest } = place;
      const bar = branch.children.length > 0 && depth < DEPTH_MAX ? "│ " : "  ";
      lines.push(`${first}${branch.title}`);
      for (const note of branch.notes) lines.push(`${rest}${bar}  ${note}`);
      for (const child of placesUnder(place)) ahead.push(child);
    }
    return lines;
  }

  /** Whose parent has ended stands beside the root. */
  #attach(branch: Branch | undefined, parent: Branch | undefined): void {
    if (branch !== undefined) (parent ?? this.#root).children.push(branch);
  }
}

/** Where a branch stands in the text. */
interface Place {
  readonly branch: Branch;
  /** Before the title. */
  readonly first: string;
  /** Before everything under it. */
  readonly rest: string;
  readonly depth: number;
}

/** The last comes first. */
function placesUnder({ branch, depth: above, rest }: Place): Place[] {
  const depth = above + 1;
  const last = branch.children.length - 1;
  const places = branch.children.map((child, index): Place => {
    if (depth === 0) return { branch: child, first: rest, rest, depth };
    if (depth > DEPTH_MAX) return { branch: child, first: `${rest}(${depth}) `, rest, depth };
    return index === last
      ? { branch: child, first: `${rest}└─ `, rest: `${rest}   `, depth }
      : { branch: child, first: `${rest}├─ `, rest: `${rest}│  `, depth };
  });
  return places.reverse();
}

function branchOfScope({ kind, name, size }: ScopeSnapshot): Branch {
  return { title: `${kind} "${name}", ${counted(size, "task")}`, notes: [], children: [] };
}

function branchOfTask(task: TaskSnapshot): Branch {
  const { id, isAborted, name, polls, priority, spawnSite, state, times, wakes } = task;
  const title = [
    id === 0 ? "code outside every task" : `task ${id} "${name}" ${state}`,
    ...(isAborted ? ["aborted"] : []),
    ...(priority === "normal" ? [] : [`${priority} priority`]),
  ];
  const counts = [`${counted(polls, "poll")}, ${counted(wakes, "wake")}`];
  if (times !== null) {
    counts.push(
      `busy ${duration(times.busyMs)}, scheduled ${duration(times.scheduledMs)}, ` +
        `idle ${duration(times.idleMs)}`,
    );
  }
  if (spawnSite !== "") counts.push(`spawned at ${spawnSite}`);
  return { title: title.join(" "), notes: [counts.join("; "), ...waitLines(task)], children: [] };
}

function waitLines({ id, state, waits }: TaskSnapshot): string[] {
  if (waits.length === 0) {
    if (id === 0 || state !== "idle") return [];
    return ["waits for a promise that is not Bascule's"];
  }
  return waits.map(({ on, forMs, isReady }) => {
    const since = forMs === null ? "" : ` for ${duration(forMs)}`;
    return isReady ? `has ${on}, to be delivered` : `waits for ${on}${since}`;
  });
}

function describeOperation(operation: OperationSnapshot): string {
  const { descriptor, forMs, generation, isReferenced, kind, slot, state } = operation;
  const where = descriptor < 0 ? "" : ` on descriptor ${descriptor}`;
  const since = forMs === null ? "" : ` for ${duration(forMs)}`;
  const reference = isReferenced ? "" : ", unreferenced";
  return `${kind}${where}, ${state}${since}${reference} (slot ${slot}, generation ${generation})`;
}

function duration(ms: number): string {
  if (ms < 1) return `${(ms * 1000).toFixed(0)} µs`;
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
