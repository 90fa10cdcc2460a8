import { test } from "bun:test";
import { Runtime, type RuntimeOptions } from "@bascule/core";
import { eventually, openDescriptors } from "@bascule/test-support";
import { type Random, withRandom } from "./random.ts";
import { runtimeOptions } from "./settings.ts";

// What a long one tells is written by what Bun opens for the first word, and keeps.
process.stderr.write("");

const SHORT_LIMIT_MS = 60_000;
const LONG_LIMIT_MS = 3_600_000;
const SETTLE_MS = 8000;

/** How a storm is called, how long it is, and on what machine. */
export interface Storm {
  readonly name: string;
  /** How many of what the name counts: in CI, and with `BASCULE_STORM=long`. */
  readonly counts: { readonly short: number; readonly long: number };
  readonly options?: RuntimeOptions;
}

/**
 * Registers a storm. It runs on a runtime of its own, with canaries in memory that nobody holds;
 * afterwards nothing may be in flight or out, and the descriptors must be those from before.
 * @param rage lets the storm loose, and tells what there was, for the report of a long one
 */
export function storm(
  { name, counts, options = {} }: Storm,
  rage: (count: number, random: Random) => Promise<string>,
): void {
  const isLong = Bun.env["BASCULE_STORM"] === "long";
  const count = isLong ? counts.long : counts.short;
  test(
    `${count.toLocaleString("en")} ${name}`,
    async () => {
      await withRandom(async (random) => {
        // The one that every test gets is not for storms.
        await Runtime.current().shutdown();
        const before = openDescriptors();
        const startMs = performance.now();
        const runtime = Runtime.create({ ...runtimeOptions(), canaries: true, ...options });
        const told = await runtime.spawn(() => rage(count, random));
        const left = leftIn(runtime);
        await runtime.shutdown();
        const opened = (): string[] => openDescriptors().filter((each) => !before.includes(each));
        await eventually(() => opened().length === 0, SETTLE_MS);
        const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
        if (isLong) process.stderr.write(`  ${runtime.choice.driver}: ${told}, ${seconds} s\n`);
        const found = [...left, ...opened()];
        if (found.length > 0) throw new Error(`The storm left something: ${found.join("; ")}`);
      });
    },
    isLong ? LONG_LIMIT_MS : SHORT_LIMIT_MS,
  );
}

function leftIn(runtime: Runtime): string[] {
  const { operations, receiveBuffers, sendBlocksTaken, timers } = runtime.metrics();
  const counts: [string, number][] = [
    ["operations in flight", operations.inFlight],
    ["receive buffers", receiveBuffers.count - receiveBuffers.free],
    ["send blocks", sendBlocksTaken],
    ["armed timers", timers.armed],
  ];
  return counts.filter(([, count]) => count !== 0).map(([what, count]) => `${count} ${what}`);
}
