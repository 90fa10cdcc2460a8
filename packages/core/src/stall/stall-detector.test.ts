import { expect, test } from "bun:test";
import { join } from "node:path";
import { FakeDriver } from "../../test/fake-driver.ts";
import { Runtime } from "../runtime.ts";

interface Warned {
  readonly name: string;
  readonly message: string;
  readonly task: string;
  readonly durationMs: number;
  readonly spawnSite: string;
}

const PROGRAM = join(import.meta.dir, "../../test/stall-program.ts");

function run(scenario: string, stallMs: number): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  return Bun.spawn([process.execPath, PROGRAM, scenario], {
    env: { ...Bun.env, BASCULE_STALL_MS: String(stallMs) },
    stderr: "pipe",
    timeout: 8000,
  });
}

async function warningsOf(scenario: string, stallMs: number): Promise<Warned[]> {
  return (await new Response(run(scenario, stallMs).stdout).json()) as Warned[];
}

test("a single long poll is named with its spawn site; waiting and yielding are none", async () => {
  const warnings = await warningsOf("hog", 100);
  const hog = warnings.find(({ task }) => task === "hog");
  expect(hog?.spawnSite).toMatch(/^hog \(.*stall-program\.ts:\d+:\d+\)$/);
  expect(hog?.durationMs).toBeGreaterThan(100);
  expect(hog?.message).toBe(
    `Task "hog" ran for ${hog?.durationMs.toFixed(1)} ms in one poll, over 100 ms (spawned at ` +
      `${hog?.spawnSite}): nothing else ran meanwhile. Await yieldNow() within long work`,
  );
  expect(warnings.map(({ task }) => task)).not.toContain("sleeper");
});

test("a poll that blocks counts until what it blocks on has ended", async () => {
  const warnings = await warningsOf("nested", 100);
  expect(warnings.map(({ task }) => task)).toContain("blocker");
});

test("a process ends by itself although the watching thread runs, and says nothing", async () => {
  const child = run("quiet", 5000);
  expect(await new Response(child.stdout).text()).toBe("[]");
  expect([await child.exited, await new Response(child.stderr).text()]).toEqual([0, ""]);
});

test("a loop over foreign promises that never ends is named from outside", async () => {
  await using child = run("flood", 20);
  const reader = child.stderr.getReader();
  const decoder = new TextDecoder();
  let said = "";
  while (!said.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    said += decoder.decode(value, { stream: true });
  }
  expect(said).toMatch(
    /^bascule: task "flood" \(spawned at flood \(.*stall-program\.ts:\d+:\d+\)\) has been running /,
  );
  expect(said.trimEnd()).toEndWith("for over 20 ms in one poll");
});

test.each([0, -1, Number.NaN])("a limit of %p ms is refused", (stallMs) => {
  expect(() => Runtime.create({ driver: new FakeDriver(), stallMs })).toThrow(
    new RangeError(`Cannot create a runtime with stallMs "${stallMs}": pass milliseconds above 0`),
  );
});

test("without a limit nobody observes the runtime", async () => {
  await using runtime = Runtime.create({ driver: new FakeDriver(), watchWithThread: true });
  expect(runtime.loop.executor.observer).toBeNull();
});
