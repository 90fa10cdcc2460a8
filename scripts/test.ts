import { join } from "node:path";
import { uringFault } from "./doctor/drivers.ts";
import { failingLines } from "./test/failing-lines.ts";
import { endAllCommands, runCommand } from "./test/run-command.ts";
import type { Omission, Step } from "./test/steps.ts";
import { checkSteps, wholeSteps, workspaceSteps } from "./test/steps.ts";
import { tallyOfCommand, tallyOfTests } from "./test/tally.ts";
import { readWorkspaces, ROOT } from "./workspaces.ts";

const NAME_COLUMNS = 24;
const totals = { passed: 0, failed: 0 };

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    endAllCommands();
    process.exit(130);
  });
}

process.env["PATH"] = `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}`;
process.env["TURBO_TELEMETRY_DISABLED"] = "1";
await main(process.argv.slice(2));

/** Runs every step whose name has all of the given words, then prints the sum as the last line. */
async function main(words: readonly string[]): Promise<void> {
  const steps = [...checkSteps(), ...(await kernelSteps(words))].filter(({ name }) =>
    words.every((word) => name.split(" ").includes(word)),
  );
  if (steps.length === 0) {
    console.error(`No step is named "${words.join(" ")}": ./dev test runs them all`);
    process.exit(2);
  }
  await Promise.all(steps.filter(isQuiet).map(report));
  for (const step of steps) if (!isQuiet(step)) await report(step);
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  process.exitCode = totals.failed === 0 ? 0 : 1;
}

async function kernelSteps(words: readonly string[]): Promise<(Step | Omission)[]> {
  if (words.includes("check")) return [];
  const fault = await uringFault();
  const own = readWorkspaces().flatMap((workspace) => workspaceSteps(ROOT, workspace, fault));
  return [...own, ...wholeSteps()];
}

function isQuiet(step: Step | Omission): boolean {
  return "isQuiet" in step && step.isQuiet;
}

async function report(step: Step | Omission): Promise<void> {
  if ("reason" in step) {
    if (step.isFault) totals.failed += 1;
    console.log(lineOf(step.isFault ? "FAIL" : "--", step.name, step.reason));
    return;
  }
  const result = await runCommand({ ...step, folder: join(ROOT, step.folder) });
  const tally = step.isTestRun ? tallyOfTests(result) : tallyOfCommand(result);
  totals.passed += tally.passed;
  totals.failed += tally.failed;
  const seconds = `${(result.durationMs / 1000).toFixed(1).padStart(6)} s`;
  const counts = step.isTestRun ? `${String(tally.passed).padStart(5)} passed` : "";
  const failed = tally.failed > 0 && step.isTestRun ? `, ${tally.failed} failed` : "";
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
  const details = `${seconds}${counts}${failed}${skipped}`;
  console.log(lineOf(tally.failed > 0 ? "FAIL" : "ok", step.name, details));
  if (tally.failed > 0) console.log(indent(failingLines(result.output), result.complaint));
  else if (tally.skipped > 0) console.log(indent(skippedLines(result.output), null));
}

function lineOf(verdict: string, name: string, details: string): string {
  return `${verdict.padEnd(5)} ${name.padEnd(NAME_COLUMNS)} ${details}`;
}

/** What was not run, and whatever the test printed as the reason. */
function skippedLines(output: string): string {
  const lines = output.split("\n");
  return lines.filter((line) => /^(\(skip\)|» )|skip|not run/i.test(line)).join("\n");
}

function indent(output: string, complaint: string | null): string {
  const lines = output.trimEnd().split("\n");
  if (complaint !== null) lines.push(complaint);
  return lines.map((line) => `      ${line}`).join("\n");
}
