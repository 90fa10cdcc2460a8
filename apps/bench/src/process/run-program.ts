import { undoAtEnd } from "./clean-up.ts";

/** A program that takes settings as JSON in its only argument and prints its result as JSON. */
export interface ProgramRun<Settings> {
  readonly program: string;
  readonly settings: Settings;
  /** Command that pins it; empty for none. */
  readonly pin: readonly string[];
  /** For `BASCULE_DRIVER`; null takes the best there is. */
  readonly driver: string | null;
  readonly timeoutMs: number;
  /** What it measures, for the error. */
  readonly subject: string;
}

/**
 * Runs such a program in a process of its own.
 * @throws (rejects) Error with what the program says is wrong, or when it does not end in time
 */
export async function runProgram<Settings, Result>(run: ProgramRun<Settings>): Promise<Result> {
  const { program, settings, pin, driver, timeoutMs, subject } = run;
  const environment: Record<string, string | undefined> = { ...Bun.env };
  environment["BASCULE_DRIVER"] = driver ?? "auto";
  const child = Bun.spawn({
    cmd: [...pin, process.execPath, program, JSON.stringify(settings)],
    env: environment,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  using _killed = undoAtEnd(() => child.kill("SIGKILL"));
  const [output, errors, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  if (exitCode === 0) return JSON.parse(output) as Result;
  const why = errors.trim() || `it did not end within ${timeoutMs / 1000} s`;
  throw new Error(`Cannot measure "${subject}": ${why}`);
}
