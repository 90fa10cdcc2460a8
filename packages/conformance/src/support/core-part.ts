import { runBun } from "./program.ts";

/** The behaviours that every fallback and every constrained machine must show just the same. */
const FILES: readonly string[] = [
  "abort",
  "backpressure",
  "chaos",
  "close",
  "connect-accept",
  "descriptor-reuse",
  "half-close",
  "lost-race",
  "read-write",
];

const LIMIT_MS = 60_000;

/** The outcome of a run of the core part, short enough to be compared. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly failed: string;
  /** The end of the output, when something failed. */
  readonly output: string;
}

/** What a run that passed looks like. */
export const PASSED: Outcome = { exitCode: 0, failed: "0 fail", output: "" };

/** Runs the core part of the suite in a child, in another environment. */
export async function runCorePart(env: Record<string, string | undefined>): Promise<Outcome> {
  const files = FILES.map((name) => `./src/behaviours/${name}.test.ts`);
  const shorter = { BASCULE_TEST_CHAOS_MS: "250", ...env };
  const ended = await runBun(["test", ...files], { env: shorter, limitMs: LIMIT_MS });
  const failed = /^ *(\d+ fail)$/m.exec(ended.stderr)?.[1] ?? "no summary";
  const output = ended.exitCode === 0 ? "" : ended.stderr.slice(-4000);
  return { exitCode: ended.exitCode, failed, output };
}
