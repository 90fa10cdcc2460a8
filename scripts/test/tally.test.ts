import { expect, test } from "bun:test";
import type { CommandResult } from "./run-command.ts";
import { tallyOfCommand, tallyOfTests } from "./tally.ts";

function resultOf(output: string, exitCode: number | null = 0): CommandResult {
  const complaint = exitCode === null ? "Ended by SIGSEGV" : null;
  return { output, exitCode, durationMs: 1, complaint };
}

const SUMMARY = "\n 12 pass\n 3 skip\n 2 fail\n 40 expect() calls\nRan 17 tests across 2 files.\n";

test("the counts of a summary are taken", () => {
  expect(tallyOfTests(resultOf(SUMMARY, 1))).toEqual({ passed: 12, failed: 2, skipped: 3 });
});

test("an exit code that the counts do not explain is a failure", () => {
  const output = "\n 12 pass\n 0 fail\nRan 12 tests across 1 file.\n";
  expect(tallyOfTests(resultOf(output))).toEqual({ passed: 12, failed: 0, skipped: 0 });
  expect(tallyOfTests(resultOf(output, 1))).toEqual({ passed: 12, failed: 1, skipped: 0 });
  expect(tallyOfTests(resultOf(output, null))).toEqual({ passed: 12, failed: 1, skipped: 0 });
});

test("a run without a summary is a failure", () => {
  expect(tallyOfTests(resultOf("(pass) a\n", null))).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(tallyOfTests(resultOf("No tests found!\n"))).toMatchObject({ failed: 1 });
});

test("a run inside the run does not count", () => {
  const inner = "\n 1 pass\n 9 fail\nRan 10 tests across 1 file.\n";
  expect(tallyOfTests(resultOf(inner + SUMMARY, 1))).toMatchObject({ passed: 12, failed: 2 });
});

test("another command counts as one", () => {
  expect(tallyOfCommand(resultOf("", 0))).toMatchObject({ passed: 1, failed: 0 });
  expect(tallyOfCommand(resultOf("", 2))).toMatchObject({ passed: 0, failed: 1 });
  expect(tallyOfCommand(resultOf("", null))).toMatchObject({ passed: 0, failed: 1 });
});
