import type { LoadLoop } from "./load-loop.ts";

/** What a load generator's process runs. */
export interface Load<Result> {
  readonly loop: LoadLoop;
  run(): Promise<Result>;
}

/**
 * A load generator's process: settings as JSON in the only argument, the result as JSON on standard
 * output. It owns its thread and blocks in the kernel, so that no other event loop is in the way. A
 * fault is one line and exit code 1. The process ends by itself, as any program on Bascule does
 * whose connections are closed: an `exit` here would hide a runtime that stays alive.
 */
export function runLoadProgram<Settings, Result>(make: (settings: Settings) => Load<Result>): void {
  try {
    const result = runLoad(make(JSON.parse(process.argv[2] ?? "null") as Settings));
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

function runLoad<Result>(load: Load<Result>): Result {
  try {
    return load.loop.runtime.blockOn(() => load.run());
  } finally {
    // After a fault too: the receives that are in flight would keep the process alive.
    load.loop.close();
  }
}
