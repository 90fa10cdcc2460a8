import { runBun } from "./program.ts";

/** The behaviours that every fallback and every constrained machine must show just the same. */
const CORE_PART: readonly string[] = [
  "abort",
  "backpressure",
  "chaos",
  "close",
  "connect-accept",
  "datagram-aborts",
  "datagrams",
  "descriptor-reuse",
  "half-close",
  "lost-race",
  "read-write",
];

/** The core part takes a few seconds where nobody else works. */
export const LIMIT_MS = 120_000;
const EACH_TEST = ["--timeout", "30000"];
/** Waits for disks and threads, and takes a few seconds where nobody else does. */
export const FILE_LIMIT_MS = 150_000;

/** The outcome of a run of the core part, short enough to be compared. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly failed: string;
  /** When something failed: what was said beside what passed. */
  readonly output: string;
}

/** What a run that passed looks like. */
export const PASSED: Outcome = { exitCode: 0, failed: "0 fail", output: "" };

/** The behaviours of files that a driver with other means must show just the same. */
const FILE_PART: readonly string[] = [
  "file-aborts",
  "file-faults",
  "file-folders",
  "file-kinds",
  "file-reading",
  "file-watch",
  "file-whole",
  "file-writing",
];

/** Runs the core part of the suite in a child, in another environment. */
export function runCorePart(env: Record<string, string | undefined>): Promise<Outcome> {
  return runPart(CORE_PART, env, LIMIT_MS);
}

/** As {@link runCorePart}, for what is about files, or for some of it. */
export function runFilePart(
  env: Record<string, string | undefined>,
  names: readonly string[] = FILE_PART,
): Promise<Outcome> {
  return runPart(names, env, FILE_LIMIT_MS);
}

async function runPart(
  names: readonly string[],
  env: Record<string, string | undefined>,
  limitMs: number,
): Promise<Outcome> {
  const files = names.map((name) => `./src/behaviours/${name}.test.ts`);
  const shorter = { BASCULE_TEST_CHAOS_MS: "250", ...env };
  const ended = await runBun(["test", ...EACH_TEST, ...files], { env: shorter, limitMs });
  const failed = /^ *(\d+ fail)$/m.exec(ended.stderr)?.[1] ?? "no summary";
  const lines = ended.exitCode === 0 ? [] : ended.stderr.split("\n");
  const output = lines.filter((line) => !line.startsWith("(pass)")).join("\n");
  return { exitCode: ended.exitCode, failed, output };
}
