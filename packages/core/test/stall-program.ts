// A program with tasks that run for long. It prints the warnings that reach the process, as JSON.
import { JoinSet, sleep, spawn, StallWarning, TaskScope, yieldNow } from "../src/index.ts";
import { FakeRuntime } from "./fake-driver.ts";

function burnMillis(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

/** The longest poll of the polite task: a machine that stood still meanwhile makes it a stall. */
let politeMs = 0;

/** One long poll, one long loop that yields, and one long wait: only the first is a stall. */
async function hog(): Promise<void> {
  await using scope = new TaskScope();
  scope.spawn(() => burnMillis(600), { name: "hog" });
  scope.spawn(
    async () => {
      for (let i = 0; i < 20; i++) {
        const beginMs = performance.now();
        burnMillis(30);
        politeMs = Math.max(politeMs, performance.now() - beginMs);
        await yieldNow();
      }
    },
    { name: "polite" },
  );
  scope.spawn(() => sleep(600), { name: "sleeper" });
}

/** The one that calls `blockOn` runs for as long as what it blocks on. */
async function nested(): Promise<void> {
  await using set = new JoinSet<void>();
  set.spawn(
    () =>
      fake.runtime.blockOn(async () => {
        for (let i = 0; i < 20; i++) await sleep(8);
      }),
    { name: "blocker" },
  );
  await set.next();
}

/** One poll that is so long that the watching thread has to say so meanwhile. */
async function stubborn(): Promise<void> {
  await spawn(() => burnMillis(1500), { name: "stubborn" });
}

async function quiet(): Promise<void> {
  await sleep(1);
}

/** Never lets go of the thread again. */
async function flood(): Promise<void> {
  await spawn(
    async () => {
      for (;;) await null;
    },
    { name: "flood" },
  );
}

const scenarios: Record<string, () => Promise<void>> = {
  hog,
  nested,
  stubborn,
  quiet,
  flood,
};
const warnings: object[] = [];
process.on("warning", (warning: Error) => {
  if (!(warning instanceof StallWarning)) return;
  const { name, message, task, durationMs, spawnSite } = warning;
  warnings.push({ name, message, task, durationMs, spawnSite });
});
const fake = new FakeRuntime();
await scenarios[process.argv[2] ?? ""]?.();
await new Promise<void>((resolve) => setImmediate(resolve));
await fake[Symbol.asyncDispose]();
process.stdout.write(JSON.stringify(warnings.map((warning) => ({ ...warning, politeMs }))));
