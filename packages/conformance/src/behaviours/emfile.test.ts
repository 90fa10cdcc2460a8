import { expect, test } from "bun:test";
import { reportOf } from "../support/program.ts";

interface Report {
  readonly warnings: readonly string[];
  readonly acceptedBefore: number;
  readonly acceptedWhileStarved: number;
  readonly systemCallsWhileStarved: number;
  readonly cpuMsWhileStarved: number;
  readonly served: number;
}

test("accept out of descriptors backs off without spinning, warns once, and recovers", async () => {
  const report = await reportOf<Report>("emfile");
  expect(report.warnings).toEqual(["EMFILE"]);
  expect(report.acceptedBefore).toBeLessThan(40);
  expect(report.acceptedWhileStarved).toBe(0);
  // 600 ms of starvation: a spinning accept would make a hundred thousand calls.
  expect(report.systemCallsWhileStarved).toBeLessThan(300);
  expect(report.cpuMsWhileStarved).toBeLessThan(150);
  expect(report.served).toBe(60);
}, 30_000);
