import { expect, test } from "bun:test";
import { failingLines } from "./failing-lines.ts";

const SUMMARY = "\n\n 2 pass\n 1 fail\nRan 3 tests across 3 files.\n";

test("of a run that failed one sees the failures, under their files, and the summary", () => {
  const output = [
    "bun test v1.4.5",
    "",
    "src/a.test.ts:",
    "(pass) one [1.00ms]",
    "",
    "src/b.test.ts:",
    "(pass) two [1.00ms]",
    "error: not equal",
    "",
    "    at b.test.ts:3",
    "(fail) three [2.00ms]",
    "",
    "src/c.test.ts:",
    "(pass) four [1.00ms]",
  ].join("\n");
  expect(failingLines(output + SUMMARY).split("\n")).toEqual([
    "bun test v1.4.5",
    "",
    "src/b.test.ts:",
    "error: not equal",
    "",
    "    at b.test.ts:3",
    "(fail) three [2.00ms]",
    "",
    " 2 pass",
    " 1 fail",
    "Ran 3 tests across 3 files.",
  ]);
});

test("a run that ended without a failing test is kept whole", () => {
  const output = "src/a.test.ts:\n(pass) one [1.00ms]\nSegmentation fault\n";
  expect(failingLines(output)).toBe(output.trimEnd());
});
