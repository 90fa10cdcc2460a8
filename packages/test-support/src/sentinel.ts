import type { Runtime, RuntimeMetrics } from "@bascule/core";
import { blockingPool } from "@bascule/sys";
import { eventually } from "./eventually.ts";
import { openDescriptors, openedSince } from "./descriptors.ts";

/** What has just been let go of ends in a later turn of the loop. */
const SETTLE_MS = 1000;

/**
 * Sockets of peers that are not ours (Bun's, Node's) close in a later turn of the loop, and threads
 * of the blocking pool end once the last runtime has gone: on a busy machine that takes a while.
 */
const DESCRIPTORS_SETTLE_MS = 5000;

/** A thread that has just been started reads all its modules before it finds that it may end. */
const THREADS_SETTLE_MS = 20_000;

/**
 * Watches a runtime and this process for leaks: operations in flight, receive buffers and send
 * blocks that were not given back, timers, tasks, and descriptors once the runtime has gone.
 */
export class Sentinel {
  readonly #before: readonly string[] = openDescriptors();
  #runtime: Runtime | null = null;

  guard(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  /** Shuts the runtime down. @throws when something was left behind, naming each thing */
  async release(): Promise<void> {
    const runtime = this.#runtime;
    if (runtime === null) return;
    const leaks = runtime.isClosed ? [] : await this.#runtimeLeaks(runtime);
    await runtime.shutdown();
    leaks.push(...(await this.#descriptorLeaks()));
    if (leaks.length > 0) throw new Error(`The test left something behind: ${leaks.join("; ")}`);
  }

  async #runtimeLeaks(runtime: Runtime): Promise<string[]> {
    await eventually(() => leaksOf(runtime.metrics()).length === 0, SETTLE_MS);
    return leaksOf(runtime.metrics());
  }

  async #descriptorLeaks(): Promise<string[]> {
    const isClean = (): boolean => openedSince(this.#before).length === 0;
    if (!(await eventually(isClean, DESCRIPTORS_SETTLE_MS))) {
      await eventually(() => blockingPool().threads === 0, THREADS_SETTLE_MS);
      await eventually(isClean, SETTLE_MS);
    }
    const found = openedSince(this.#before).map((each) => `descriptor ${each}`);
    if (found.length > 0) found.push(`(the blocking pool has ${blockingPool().threads} threads)`);
    return found;
  }
}

/** What a runtime has that an idle one has not, each in words. */
export function leaksOf(metrics: RuntimeMetrics): string[] {
  const { operations, receiveBuffers, sendBlocksTaken, timers, tasks } = metrics;
  const counts: [string, number][] = [
    ["operations in flight", operations.inFlight],
    ["receive buffers", receiveBuffers.count - receiveBuffers.free],
    ["send blocks", sendBlocksTaken],
    ["armed timers", timers.armed],
    ["live tasks", tasks.live],
  ];
  return counts.filter(([, count]) => count !== 0).map(([name, count]) => `${count} ${name}`);
}
