import { expect, test } from "bun:test";
import type { FileApi } from "./file-api.ts";
import { type Job, runJobs } from "./window.ts";

const api = {
  runAll: async (works: readonly (() => Promise<void>)[]) => {
    for (const work of works) await work();
  },
} as unknown as FileApi;

const job: Job = { start: () => 5, check: () => 1 };

test("a window that is over before it began has one operation, and figures", async () => {
  const run = await runJobs(api, [job, job], { seconds: 0, operations: 10 });
  const { operationsPerSecond, p99Micros, cpuMicrosPerOperation } = run.sample();
  expect(operationsPerSecond).toBeGreaterThan(0);
  expect([p99Micros, cpuMicrosPerOperation].every(Number.isFinite)).toBe(true);
});

test("no more operations are done than were asked for", async () => {
  let starts = 0;
  const counted: Job = { ...job, start: () => ++starts };
  await runJobs(api, [counted, counted], { seconds: 60, operations: 10 });
  expect(starts).toBe(10);
});
