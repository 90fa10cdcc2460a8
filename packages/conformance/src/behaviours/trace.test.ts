import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ended, runProgram } from "../support/program.ts";

interface TraceEvent {
  readonly name?: string;
  readonly cat?: string;
  readonly tid?: number;
  readonly args?: Record<string, unknown>;
}

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bascule-traced-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the program to one of its ends, and reads what was recorded. */
async function traced(ending: string): Promise<{ ended: Ended; events: TraceEvent[] }> {
  const path = join(folder, `${ending}.json`);
  const ended = await runProgram("traced", { args: [ending], env: { BASCULE_TRACE: path } });
  return { ended, events: (await Bun.file(path).json()) as TraceEvent[] };
}

function count(events: readonly TraceEvent[], cat: string, name: string): number {
  return events.filter((event) => event.cat === cat && event.name === name).length;
}

const endings: [string, Partial<Ended>][] = [
  ["byItself", { exitCode: 0, signal: null, stderr: "" }],
  ["byExit", { exitCode: 3, signal: null, stderr: "" }],
  ["byError", { exitCode: 1, signal: null }],
  ["bySignal", { signal: "SIGTERM", stderr: "" }],
  ["byOwnHandler", { exitCode: 4, signal: null, stderr: "" }],
  ["byOnceHandler", { exitCode: 4, signal: null, stderr: "" }],
  ["byLaterOnceHandler", { exitCode: 4, signal: null, stderr: "" }],
  ["byCrash", { signal: "SIGKILL", stderr: "" }],
];

test.each(endings)("a program that ends %s leaves a whole trace", async (ending, how) => {
  const { ended, events } = await traced(ending);
  expect(ended).toMatchObject(how);
  expect(count(events, "poll", "echo")).toBeGreaterThanOrEqual(50);
  expect(count(events, "op", "send")).toBe(100);
  expect(count(events, "task", "echo")).toBe(2);
});

test("a signal that the program was started to ignore, as by nohup, stays ignored", async () => {
  const path = join(folder, "ignoring.json");
  const ended = await runProgram("traced", {
    args: ["byIgnoringSignals"],
    env: { BASCULE_TRACE: path },
    under: ["sh", "-c", "trap '' HUP INT TERM; exec \"$@\"", "sh"],
  });
  expect(ended).toMatchObject({ exitCode: 5, signal: null, stderr: "" });
  expect(count((await Bun.file(path).json()) as TraceEvent[], "task", "echo")).toBe(2);
});

test("a wait of blockOn is recorded as one in the kernel", async () => {
  const { events } = await traced("afterBlocking");
  expect(count(events, "loop", "wait in the kernel")).toBeGreaterThan(0);
});

test("two runtimes share the file, in rows of their own", async () => {
  const { events } = await traced("afterTwoRuntimes");
  const rows = events
    .filter(({ name }) => name === "thread_name")
    .map(({ args }) => args?.["name"]);
  expect(rows).toContainEqual(expect.stringMatching(/^runtime 1 on (epoll|uring)$/));
  expect(rows).toContainEqual(expect.stringMatching(/^runtime 2 on (epoll|uring)$/));
  expect(count(events, "poll", "elsewhere")).toBe(2);
});

test("%p in the name is the process; a file that cannot be written ends the start", async () => {
  const named = await runProgram("traced", {
    args: ["byItself"],
    env: { BASCULE_TRACE: join(folder, "of-%p.json") },
  });
  expect(named.exitCode).toBe(0);
  expect(readdirSync(folder)).toContainEqual(expect.stringMatching(/^of-\d+\.json$/));
  const missing = join(folder, "missing", "trace.json");
  const refused = await runProgram("traced", {
    args: ["byItself"],
    env: { BASCULE_TRACE: missing },
  });
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain(`Cannot use BASCULE_TRACE "${missing}": ENOENT`);
  expect(existsSync(missing)).toBe(false);
});
