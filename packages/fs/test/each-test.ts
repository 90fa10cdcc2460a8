import { afterEach, beforeEach } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";
import { Runtime, type RuntimeMetrics } from "@bascule/core";

const DESCRIPTORS = "/proc/self/fd";
/** Threads and peers that are not ours let go later: on a busy machine, seconds later. */
const SETTLE_MS = 8000;

// Bun makes what it runs commands with once, and keeps it.
Bun.spawnSync(["true"]);

let runtime: Runtime | null = null;
let before: readonly string[] = [];

beforeEach(() => {
  before = openDescriptors();
  runtime = Runtime.create();
});

/** Nothing may be left behind: operations, memory, timers, tasks, descriptors. */
afterEach(async () => {
  const guarded = runtime;
  runtime = null;
  if (guarded === null) return;
  const leaks = guarded.isClosed ? [] : await settle(() => leaksOf(guarded.metrics()));
  await guarded.shutdown();
  leaks.push(...(await settle(() => openDescriptors().filter((each) => !before.includes(each)))));
  if (leaks.length > 0) throw new Error(`The test left something behind: ${leaks.join("; ")}`);
});

async function settle(look: () => string[]): Promise<string[]> {
  const endMs = performance.now() + SETTLE_MS;
  for (;;) {
    const found = look();
    if (found.length === 0 || performance.now() > endMs) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function leaksOf(metrics: RuntimeMetrics): string[] {
  const { operations, sendBlocksTaken, timers, tasks } = metrics;
  const counts: [string, number][] = [
    ["operations in flight", operations.inFlight],
    ["send blocks", sendBlocksTaken],
    ["armed timers", timers.armed],
    ["live tasks", tasks.live],
  ];
  return counts.filter(([, count]) => count !== 0).map(([name, count]) => `${count} ${name}`);
}

function openDescriptors(): string[] {
  return readdirSync(DESCRIPTORS).flatMap((fd) => {
    try {
      return [`descriptor ${fd} ${readlinkSync(`${DESCRIPTORS}/${fd}`)}`];
    } catch (error) {
      // The descriptor that listed the folder is closed by now.
      if ((error as { code?: string }).code === "ENOENT") return [];
      throw error;
    }
  });
}
