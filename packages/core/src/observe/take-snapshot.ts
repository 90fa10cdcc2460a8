import { contextStorage } from "../context.ts";
import { CANCELLING, type Operation } from "../contract/operation.ts";
import type { EventLoop } from "../event-loop.ts";
import type { RuntimeMetrics } from "../metrics.ts";
import type { Resource } from "../shutdown.ts";
import { describeSite } from "../spawn-site.ts";
import type { Task } from "../task.ts";
import type {
  OperationSnapshot,
  ResourceSnapshot,
  RuntimeSnapshot,
  ScopeSnapshot,
  TaskSnapshot,
  TaskTimesSnapshot,
  WaitSnapshot,
} from "./snapshot.ts";
import type { TimeKeeper } from "./time-keeper.ts";

/** Reads everything that a runtime holds, at once and without changing anything. */
export function takeSnapshot(
  loop: EventLoop,
  metrics: RuntimeMetrics,
  resources: Iterable<Resource>,
  keeper: TimeKeeper | null,
): RuntimeSnapshot {
  const nowMs = performance.now();
  const { driver, executor } = loop;
  const tasks = [executor.root, ...executor.live];
  return {
    takenAtMs: nowMs,
    processId: process.pid,
    driver: driver.name,
    metrics,
    times: keeper === null ? null : keeper.read(nowMs),
    tasks: tasks.map((task) => taskSnapshot(task, nowMs, keeper)),
    scopes: scopesOf(tasks),
    operations: Array.from(driver.ledger.pending(), (each) =>
      operationSnapshot(each, nowMs, keeper),
    ),
    resources: Array.from(resources, resourceSnapshot),
  };
}

function taskSnapshot(task: Task, nowMs: number, keeper: TimeKeeper | null): TaskSnapshot {
  const waits: WaitSnapshot[] = [];
  task.context.visitWaits(({ waitsFor, sinceMs, isWaiting }) => {
    // A wait that began before the measurement may carry a time of an earlier use.
    const isTimed = keeper !== null && sinceMs >= keeper.sinceMs;
    const forMs = isTimed ? nowMs - sinceMs : null;
    waits.push({ on: waitsFor, forMs, isReady: !isWaiting });
  });
  return {
    id: task.id,
    name: task.name,
    priority: task.priority,
    state: stateOf(task),
    spawnSite: describeSite(task.site),
    parentId: task.parentId,
    scopeId: task.group === null ? null : task.group.id,
    isAborted: task.context.aborted,
    waits,
    polls: task.polls,
    wakes: task.wakes,
    times: keeper === null ? null : timesSnapshot(task, nowMs, keeper),
  };
}

function stateOf(task: Task): TaskSnapshot["state"] {
  if (contextStorage.getStore()?.task === task) return "running";
  return task.queued ? "scheduled" : "idle";
}

/** A task that nothing has happened to since the measurement began is as it was all the time. */
function timesSnapshot(task: Task, nowMs: number, keeper: TimeKeeper): TaskTimesSnapshot {
  const { times } = task;
  if (times === null || times.sinceMs < keeper.sinceMs) {
    const totalMs = nowMs - keeper.sinceMs;
    const [scheduledMs, idleMs] = task.queued ? [totalMs, 0] : [0, totalMs];
    const waiting = { totalMs, scheduledMs, idleMs, sinceLastPollMs: totalMs };
    return { ...waiting, busyMs: 0, pollMsMax: 0, selfWakes: 0 };
  }
  const totalMs = nowMs - times.sinceMs;
  // A poll that began before the measurement took it out of its queue unseen.
  const isQueued = task.queued && times.wokenMs > 0;
  const scheduledMs = times.scheduledMs + (isQueued ? nowMs - times.wokenMs : 0);
  return {
    totalMs,
    busyMs: times.busyMs,
    scheduledMs,
    idleMs: Math.max(totalMs - times.busyMs - scheduledMs, 0),
    sinceLastPollMs: nowMs - times.lastPollMs,
    pollMsMax: times.pollMsMax,
    selfWakes: times.selfWakes,
  };
}

function scopesOf(tasks: readonly Task[]): ScopeSnapshot[] {
  const groups = new Set(tasks.map(({ group }) => group));
  return [...groups].flatMap((group) => {
    if (group === null) return [];
    const { id, kind, name, ownerId, size } = group;
    return [{ id, kind, name, ownerId, size }];
  });
}

function operationSnapshot(
  { kind, descriptor, state, slot, generation, submittedMs, referenced }: Operation,
  nowMs: number,
  keeper: TimeKeeper | null,
): OperationSnapshot {
  // What was submitted before the measurement began may carry the time of an earlier life.
  const isTimed = keeper !== null && submittedMs >= keeper.sinceMs;
  return {
    kind: kind?.name ?? "unknown",
    descriptor: descriptor?.fd ?? -1,
    state: state === CANCELLING ? "cancelling" : "submitted",
    slot,
    generation,
    forMs: isTimed ? nowMs - submittedMs : null,
    isReferenced: referenced,
  };
}

function resourceSnapshot(resource: Resource): ResourceSnapshot {
  return { kind: resource.constructor.name, detail: resource.describe?.() ?? "" };
}
