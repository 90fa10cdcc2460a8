/**
 * Runs a load program in a process of its own, with its settings as JSON in the only argument, and
 * gives back the JSON that it prints.
 * @throws Error when it finds a fault in what the server sent, or does not end within `timeoutMs`
 */
export async function runLoad<Settings, Result>(
  program: string,
  settings: Settings,
  pin: readonly string[],
  timeoutMs: number,
): Promise<Result> {
  const environment: Record<string, string | undefined> = { ...Bun.env };
  delete environment["BASCULE_DRIVER"];
  const child = Bun.spawn({
    cmd: [...pin, process.execPath, program, JSON.stringify(settings)],
    env: environment,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  const [output, errors, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  if (exitCode === 0) return JSON.parse(output) as Result;
  const why = errors.trim() || (child.killed ? `no result within ${timeoutMs / 1000} s` : output);
  throw new Error(`The load generator gave up: ${why}`);
}
