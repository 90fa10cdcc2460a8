import type { CommandResult } from "../test/run-command.ts";

/** How a run of tests ended. */
export interface Verdict {
  readonly isGreen: boolean;
  /** Whether the run was ended from outside, for taking much too long or otherwise. */
  readonly isHang: boolean;
  /** The test that failed first, or how the run ended instead. */
  readonly noticedBy: string;
}

/** What a run of `bun test` says. A crash and a hang are failures like any other. */
export function verdictOf(result: CommandResult): Verdict {
  const failed = /^\(fail\) (.*?)(?: \[[\d.]+ ?m?s\])?$/m.exec(result.output)?.[1];
  if (failed !== undefined) return { isGreen: false, isHang: false, noticedBy: failed };
  if (result.complaint !== null)
    return { isGreen: false, isHang: true, noticedBy: `» ${result.complaint}` };
  if (result.exitCode === 0) return { isGreen: true, isHang: false, noticedBy: "" };
  const error = /^.*\berror: .*$/im.exec(result.output)?.[0].trim();
  return {
    isGreen: false,
    isHang: false,
    noticedBy: `» ${error ?? `exit code ${result.exitCode}`}`,
  };
}
