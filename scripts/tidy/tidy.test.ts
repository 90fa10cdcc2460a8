import { expect, test } from "bun:test";
import { join } from "node:path";
import { formatFinding } from "./finding.ts";
import { tidy } from "./tidy.ts";

test("the whole checkout keeps the house rules", () => {
  const findings = tidy(join(import.meta.dir, "../..")).map(formatFinding);
  expect(findings.join("\n")).toBe("");
});
