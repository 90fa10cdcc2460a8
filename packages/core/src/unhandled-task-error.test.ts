import { expect, test } from "bun:test";
import { join } from "node:path";

interface Report {
  readonly name: string;
  readonly message: string;
  readonly task: string;
  readonly spawnSite: string;
  readonly cause: string;
}

/** What reaches the process as unhandled rejections in a scenario of the program. */
async function reportsOf(scenario: string): Promise<Report[]> {
  const program = join(import.meta.dir, "../test/unhandled-program.ts");
  const child = Bun.spawn([process.execPath, program, scenario], { timeout: 4000 });
  return (await new Response(child.stdout).json()) as Report[];
}

test("a failure that nobody waits for is reported with name, cause and site", async () => {
  const [report, ...more] = await reportsOf("nobodyWaits");
  expect(more).toEqual([]);
  expect(report).toMatchObject({
    name: "UnhandledTaskError",
    task: "worker",
    cause: "Error: broken",
  });
  expect(report?.spawnSite).toMatch(/^nobodyWaits \(.*unhandled-program\.ts:\d+:\d+\)$/);
  expect(report?.message).toBe(
    `Task "worker" failed with nobody waiting for it: broken (spawned at ${report?.spawnSite})`,
  );
});

test("a failure without words is reported, and so is the next one", async () => {
  const reports = await reportsOf("withoutWords");
  expect(reports.map(({ task }) => task)).toEqual(["silent", "worker"]);
  expect(reports[0]?.message).toContain("waiting for it: [object Object]");
});

test("a failure that somebody waits for, or that its set collects, is not reported", async () => {
  expect(await reportsOf("somebodyWaits")).toEqual([]);
});

test("an end by abort is not a failure", async () => {
  expect(await reportsOf("aborted")).toEqual([]);
});

test("a task that fails in its own way after an abort is reported", async () => {
  expect((await reportsOf("failsAfterAbort"))[0]?.message).toContain("while cleaning up");
});

test("when the only joiner gives up before the failure, it is reported", async () => {
  expect((await reportsOf("joinerGivesUp"))[0]?.message).toContain("nobody left");
});

test("when the only joiner is aborted between failure and delivery, it is reported", async () => {
  expect((await reportsOf("joinerIsTooLate"))[0]?.message).toContain("heard by nobody");
});

test("when the only joiner was aborted before it joined, it is reported", async () => {
  expect((await reportsOf("joinerIsAborted"))[0]?.message).toContain("joined by nobody");
});
