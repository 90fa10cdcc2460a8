import { expect, test } from "bun:test";
import { join } from "node:path";
import { runBun } from "../support/program.ts";

/** Seven programs start at once, and one of them waits for a descriptor that never closes. */
const LIMIT_MS = 25_000;

/** What the sentinel says of one of the leaking tests; empty when the test passed. */
async function complaintAbout(name: string): Promise<string> {
  const path = join(import.meta.dir, "../programs/leaks.ts");
  const { exitCode, stderr } = await runBun(["test", path, "-t", `^${name}$`], {
    limitMs: LIMIT_MS,
  });
  if (exitCode === 0) return "";
  return /^\w*[eE]rror: (?:The test left something behind: )?(.*)$/m.exec(stderr)?.[1] ?? stderr;
}

const leaks: readonly [string, RegExp][] = [
  ["operation", /^1 operations in flight$/],
  ["receive buffer", /^1 receive buffers$/],
  ["send block", /^1 send blocks$/],
  ["timer", /^1 armed timers$/],
  ["task", /^1 live tasks$/],
  ["descriptor", /^descriptor \d+ \/dev\/null; \(the blocking pool has 0 threads\)$/],
  ["nothing", /^$/],
];

test(
  "the sentinel notices whatever a test leaves behind, and nothing else",
  async () => {
    const complaints = await Promise.all(leaks.map(([name]) => complaintAbout(name)));
    for (const [index, [, expected]] of leaks.entries())
      expect(complaints[index]).toMatch(expected);
  },
  LIMIT_MS,
);
