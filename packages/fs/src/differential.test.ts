import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { TemporaryFolder } from "@bascule/test-support";
import fc from "fast-check";
import { basculeApi, nodeApi } from "../test/file-api.ts";
import { describeTree, ProgramRun, type Step, step } from "../test/file-program.ts";

/** `BASCULE_FS_PROGRAMS=20000 bun test differential` runs more of them. */
const PROGRAMS = Number(Bun.env["BASCULE_FS_PROGRAMS"] ?? 500);
const STEPS_MAX = 30;
const LIMIT_MS = 60_000 + PROGRAMS * 100;

test(
  `${PROGRAMS} random programs do the same here as with node:fs`,
  async () => {
    const program = fc.array(step, { minLength: 1, maxLength: STEPS_MAX });
    await fc.assert(fc.asyncProperty(program, compare), { numRuns: PROGRAMS, endOnFailure: false });
  },
  LIMIT_MS,
);

async function compare(steps: readonly Step[]): Promise<void> {
  using ours = new TemporaryFolder();
  using theirs = new TemporaryFolder();
  for (const { path } of [ours, theirs]) mkdirSync(join(path, "root"));
  const run = new ProgramRun(basculeApi, ours.at("root"));
  const oracle = new ProgramRun(nodeApi, theirs.at("root"));
  try {
    for (const each of steps) {
      const expected = await oracle.run(each);
      const actual = await run.run(each);
      expect({ step: each[0], ...actual }).toEqual({ step: each[0], ...expected });
    }
    expect(describeTree(ours.path)).toEqual(describeTree(theirs.path));
  } finally {
    await run.close();
    await oracle.close();
  }
}
