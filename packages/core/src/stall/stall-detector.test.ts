import { expect, test } from "bun:test";
import { join } from "node:path";
import { ExecutorProbe } from "../../test/executor-probe.ts";
import { FakeDriver } from "../../test/fake-driver.ts";
import { Runtime } from "../runtime.ts";
import { StallBoard } from "./stall-board.ts";
import { StallDetector } from "./stall-detector.ts";

interface Warned {
  readonly name: string;
  readonly message: string;
  readonly task: string;
  readonly durationMs: number;
  readonly spawnSite: string;
  /** The longest poll of the polite task by its own clock. */
  readonly politeMs: number;
}

const LIMIT_MS = 25_000;
const PROGRAM = join(import.meta.dir, "../../test/stall-program.ts");

function run(
  scenario: string,
  stallMs: number,
  env: Record<string, string> = {},
): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  return Bun.spawn([process.execPath, PROGRAM, scenario], {
    env: { ...Bun.env, ...env, BASCULE_STALL_MS: String(stallMs) },
    stderr: "pipe",
    timeout: LIMIT_MS,
  });
}

async function warningsOf(scenario: string, stallMs: number): Promise<Warned[]> {
  return (await new Response(run(scenario, stallMs).stdout).json()) as Warned[];
}

test("a single long poll is named with its spawn site; waiting and yielding are none", async () => {
  const warnings = await warningsOf("hog", 400);
  const hog = warnings.find(({ task }) => task === "hog");
  expect(hog?.spawnSite).toMatch(/^hog \(.*stall-program\.ts:\d+:\d+\)$/);
  expect(hog?.durationMs).toBeGreaterThan(400);
  expect(hog?.message).toBe(
    `Task "hog" ran for ${hog?.durationMs.toFixed(1)} ms in one poll, over 400 ms (spawned at ` +
      `${hog?.spawnSite}): nothing else ran meanwhile. Await yieldNow() within long work`,
  );
  const names = warnings.map(({ task }) => task);
  expect(names).not.toContain("sleeper");
  expect(names.includes("polite")).toBe((hog?.politeMs ?? 0) > 400);
});

test("a poll that blocks counts until what it blocks on has ended, and is told so", async () => {
  const child = run("nested", 100);
  const warnings = (await new Response(child.stdout).json()) as Warned[];
  const blocker = warnings.find(({ task }) => task === "blocker");
  expect(blocker?.message).toBe(
    `Task "blocker" blocked for ${blocker?.durationMs.toFixed(1)} ms in one poll, over 100 ms ` +
      `(spawned at ${blocker?.spawnSite}): nothing of Bun's ran meanwhile. Await instead of ` +
      "calling blockOn",
  );
});

test("the board tells of the innermost poll, and of none that waits in blockOn", () => {
  const board = new StallBoard();
  const detector = new StallDetector(1e6, board);
  const probe = new ExecutorProbe();
  const outer = probe.spawn(() => undefined, "normal", "outer");
  const inner = probe.spawn(() => undefined, "normal", "inner");
  const seen: (string | null)[] = [];
  for (const happens of [
    () => detector.turnStarted(),
    () => detector.turnEnded(),
    () => detector.pollStarted(outer, 1),
    () => detector.turnStarted(),
    () => detector.turnEnded(),
    () => detector.pollStarted(inner, 2),
    () => detector.pollEnded(inner, 3),
    () => detector.pollEnded(outer, 4),
  ]) {
    happens();
    const { runningPoll } = board;
    const text = runningPoll === 0 ? null : board.read(runningPoll);
    seen.push(text === null ? null : (/^task "(.*?)"/.exec(text)?.[1] ?? text));
  }
  detector.detached();
  expect(seen).toEqual([null, null, "outer", null, "outer", "inner", "outer", null]);
});

test("where nobody takes what the watching thread says, the program goes on", async () => {
  const child = run("stubborn", 20, { NODE_NO_WARNINGS: "1" });
  await child.stderr.cancel();
  const warnings = (await new Response(child.stdout).json()) as Warned[];
  expect(warnings.map(({ task }) => task)).toContain("stubborn");
  expect(await child.exited).toBe(0);
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
  // Where the machine is busy others may have taken long before.
  const line = /^bascule: task "flood" .*$/m;
  let said = "";
  for (let isOver = false; !isOver && !line.test(said);) {
    const { value, done } = await reader.read();
    isOver = done;
    said += decoder.decode(value, { stream: true });
  }
  const [found = said] = line.exec(said) ?? [];
  expect(found).toMatch(/ \(spawned at flood \(.*stall-program\.ts:\d+:\d+\)\) has been running /);
  expect(found).toEndWith("for over 20 ms in one poll");
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
