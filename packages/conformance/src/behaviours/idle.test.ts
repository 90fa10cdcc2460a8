import { expect, test } from "bun:test";
import { reportOf } from "../support/program.ts";

interface Report {
  readonly ticks: number;
  readonly turns: number;
  readonly systemCalls: number;
  readonly hostWatch: string;
}

test("an idle server with open connections uses no CPU and makes no system calls", async () => {
  const report = await reportOf<Report>("idle");
  // One tick is 10 ms; Bun's own collector may use one now and then.
  expect(report.ticks).toBeLessThanOrEqual(2);
  expect(report.turns).toBeLessThanOrEqual(5);
  expect(report.systemCalls).toBeLessThanOrEqual(15);
  expect(report.hostWatch).toBe("stream");
}, 30_000);
