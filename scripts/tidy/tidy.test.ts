import { expect, test } from "bun:test";
import { join } from "node:path";
import { formatFinding } from "./finding.ts";
import { tidy } from "./tidy.ts";

/** It reads every file of the checkout, on a machine that may be busy. */
const TIME_LIMIT_MS = 60_000;

test(
  "the whole checkout keeps the house rules",
  () => {
    const findings = tidy(join(import.meta.dir, "../..")).map(formatFinding);
    expect(findings.join("\n")).toBe("");
  },
  TIME_LIMIT_MS,
);
