import type { LoadLoop } from "./load-loop.ts";

/** What a load generator's process runs. */
export interface Load<Result> {
  readonly loop: LoadLoop;
  run(): Promise<Result>;
}

/**
 * A load generator's process: settings as JSON in the only argument, the result as JSON on standard
 * output. It owns its thread and blocks in the kernel, so that no other event loop is in the way. A
 * fault is one line and exit code 1.
 */
export function runLoadProgram<Settings, Result>(make: (settings: Settings) => Load<Result>): void {
  try {
    const load = make(JSON.parse(process.argv[2] ?? "null") as Settings);
    const result = load.loop.runtime.blockOn(() => load.run());
    // The result is all that counts: nobody waits for thousands of connections to close.
    process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
