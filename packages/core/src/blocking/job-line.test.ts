import { expect, test } from "bun:test";
import { BlockingJob } from "./blocking-job.ts";
import { LinkedJobLine } from "./job-line.ts";

function jobNamed(exportName: string): BlockingJob {
  return new BlockingJob({ module: "file:///m.ts", exportName }, { args: [], transfer: [] });
}

test("jobs leave in the order in which they came, or from anywhere", () => {
  const line = new LinkedJobLine();
  const jobs = ["a", "b", "c", "d"].map(jobNamed);
  const [first, second, third, last] = jobs as [BlockingJob, BlockingJob, BlockingJob, BlockingJob];
  for (const job of jobs) line.push(job);
  line.remove(third);
  expect([line.length, third.isQueued]).toEqual([3, false]);
  expect(line.shift()).toBe(first);
  line.remove(last);
  line.push(third);
  expect([line.shift(), line.shift(), line.shift()]).toEqual([second, third, null]);
  expect(line.length).toBe(0);
});
