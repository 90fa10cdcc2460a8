import type { CommandResult } from "./run-command.ts";

/** What one step adds to the last line. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts the tests of a `bun test` run. What its summary does not show is a failure too: a crash, a
 * missing summary, an exit code that says more than the counts do.
 */
export function tallyOfTests(result: CommandResult): Tally {
  const summary = summaryOf(result.output);
  if (summary === null) return { passed: 0, failed: 1, skipped: 0 };
  const failed = countOf(summary, "fail");
  const isSilent = failed === 0 && (result.exitCode !== 0 || result.complaint !== null);
  return {
    passed: countOf(summary, "pass"),
    failed: isSilent ? 1 : failed,
    skipped: countOf(summary, "skip"),
  };
}

/** Any other command is one test. */
export function tallyOfCommand(result: CommandResult): Tally {
  const isGood = result.exitCode === 0 && result.complaint === null;
  return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0 };
}

/** The last summary counts: a test may itself run `bun test` and print what that said. */
function summaryOf(output: string): string | null {
  const start = [...output.matchAll(/^ *\d+ pass$/gm)].at(-1)?.index;
  if (start === undefined) return null;
  const summary = output.slice(start);
  return /^Ran \d+ tests? across/m.test(summary) ? summary : null;
}

function countOf(summary: string, word: string): number {
  return Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(summary)?.[1] ?? 0);
}
