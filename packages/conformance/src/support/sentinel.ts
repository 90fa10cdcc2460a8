import type { Runtime, RuntimeMetrics } from "@bascule/core";
import { eventually } from "./eventually.ts";
import { openDescriptors } from "./descriptors.ts";

/** Sockets of peers that are not ours (Bun's, Node's) close in a later turn of the loop. */
const SETTLE_MS = 1000;

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
    const leaked = (): string[] => openDescriptors().filter((each) => !this.#before.includes(each));
    await eventually(() => leaked().length === 0, SETTLE_MS);
    return leaked().map((each) => `descriptor ${each}`);
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
