import type { RuntimeSnapshot, TaskSnapshot } from "@bascule/core";
import { Runtime } from "@bascule/core";
import type { ConsoleReport } from "../src/report.ts";

/** A snapshot of a runtime that has just been made, to change fields of. */
export async function emptySnapshot(): Promise<RuntimeSnapshot> {
  await using runtime = Runtime.create();
  return { ...runtime.snapshot(), driver: "fake", tasks: [], operations: [], resources: [] };
}

/** A report of one runtime. */
export function reportOf(snapshot: RuntimeSnapshot): ConsoleReport {
  return {
    protocol: 1,
    program: "server.ts",
    processId: 42,
    threadId: 0,
    upMs: 65_000,
    residentBytes: 50 * 2 ** 20,
    heapBytes: 10 * 2 ** 20,
    runtimes: [snapshot],
  };
}

/** A task that has run for half of its 1000 ms. */
export function taskOf(fields: Partial<TaskSnapshot>): TaskSnapshot {
  return {
    id: 1,
    name: "task",
    priority: "normal",
    state: "idle",
    spawnSite: "serve (/srv/app/server.ts:11:34)",
    parentId: 0,
    scopeId: null,
    isAborted: false,
    waits: [{ on: "timer", forMs: 12, isReady: false }],
    polls: 100,
    wakes: 100,
    times: {
      totalMs: 1000,
      busyMs: 500,
      scheduledMs: 100,
      idleMs: 400,
      sinceLastPollMs: 12,
      pollMsMax: 3,
      selfWakes: 7,
    },
    ...fields,
  };
}
