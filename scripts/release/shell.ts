/**
 * Runs a command to its end and returns what it printed.
 * @throws Error with the command and its output when it fails or takes longer than two minutes
 */
export function run(
  argv: readonly string[],
  folder: string,
  environment: Environment = {},
): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...argv], {
    cwd: folder,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", ...environment },
    stdin: "ignore",
    timeout: 120_000,
  });
  const output = stdout.toString().trim();
  if (exitCode === 0) return output;
  throw new Error(`"${argv.join(" ")}" failed:\n${output}\n${stderr.toString().trim()}`);
}

export type Environment = Readonly<Record<string, string>>;
