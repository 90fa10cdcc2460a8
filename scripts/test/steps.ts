import { join } from "node:path";
import type { Workspace } from "../workspaces.ts";

/** One line of the report. */
export interface Step {
  /** Words that `./dev test` can be narrowed by: `net uring`. */
  readonly name: string;
  readonly argv: readonly string[];
  /** Relative to the checkout. */
  readonly folder: string;
  /** Whether the output ends in the summary of `bun test`. */
  readonly isTestRun: boolean;
  readonly timeLimitMs: number;
  /** It touches no socket and measures no time, so it may run beside others. */
  readonly isQuiet: boolean;
}

/** A step that is not run, with the reason that is printed. Counts as failed when `isFault`. */
export interface Omission {
  readonly name: string;
  readonly reason: string;
  readonly isFault: boolean;
}

const STEP_LIMIT_MS = 480_000;
/**
 * For tests that name no limit of their own: Bun's 5 s are soon over on a machine that is busy with
 * something else, and what hangs is stopped all the same. Its bunfig.toml knows no such limit.
 */
const EACH_TEST = ["--timeout", "30000"];

/** What needs no kernel: it runs first and side by side. */
export function checkSteps(): Step[] {
  return [
    checkStep("format", ["bun", "fmt", "--check"]),
    checkStep("lint", ["oxlint", "--type-aware", "--deny-warnings"]),
    checkStep("types", ["turbo", "run", "types", "--continue", "--output-logs=errors-only"]),
    checkStep("scripts-types", ["tsc", "-p", "tsconfig.json"]),
    { ...checkStep("tidy", ["bun", "test", ...EACH_TEST, "./scripts/tidy"]), isTestRun: true },
  ];
}

/** What runs after the packages' own tests. */
export function wholeSteps(): Step[] {
  const scripts = [
    "./scripts/test/",
    "./scripts/mutate/",
    "./scripts/doctor/",
    "./scripts/cancel-safety/",
    "./scripts/release/",
    "./scripts/examples/extract.test.ts",
  ];
  return [
    bunStep("scripts", ["test", ...EACH_TEST, ...scripts], true),
    bunStep("examples", ["test", ...EACH_TEST, "./scripts/examples/run.test.ts"], true),
    bunStep("packed", ["scripts/release/check-packed.ts"], false),
  ];
}

/**
 * The tests of one workspace: each of its scripts `test:…`, or plain `bun test` when it has none. A
 * script with `uring` in its name runs only where io_uring does.
 */
export function workspaceSteps(
  root: string,
  { folder, manifest }: Workspace,
  uringFault: string | null,
): (Step | Omission)[] {
  const name = folder.slice(folder.indexOf("/") + 1);
  if (!hasTests(join(root, folder))) {
    return [{ name, reason: "no tests", isFault: true }];
  }
  const scripts = Object.keys(manifest.scripts ?? {}).filter((key) => key.startsWith("test:"));
  if (scripts.length === 0) {
    return [{ ...bunStep(name, ["test", ...EACH_TEST], true), folder }];
  }
  return scripts.map((script) => {
    const stepName = [name, ...script.split(":").slice(1)].join(" ");
    if (script.includes("uring") && uringFault !== null) {
      return { name: stepName, reason: `io_uring: ${uringFault}`, isFault: false };
    }
    return { ...bunStep(stepName, ["run", "--silent", script], true), folder };
  });
}

function hasTests(folder: string): boolean {
  const glob = new Bun.Glob("{src,test}/**/*.test.ts");
  return !glob.scanSync(folder).next().done;
}

function checkStep(name: string, argv: readonly string[]): Step {
  const timeLimitMs = STEP_LIMIT_MS;
  return { name: `check ${name}`, argv, folder: ".", isTestRun: false, timeLimitMs, isQuiet: true };
}

function bunStep(name: string, args: readonly string[], isTestRun: boolean): Step {
  const argv = ["bun", ...args];
  return { name, argv, folder: ".", isTestRun, timeLimitMs: STEP_LIMIT_MS, isQuiet: false };
}
