import { explain } from "./explain.ts";

/**
 * Runs a program. What it throws is told in one message on stderr, and the exit code is 1. The process
 * ends by itself as soon as nothing is open.
 */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const details = Bun.env["BASCULE_LOG"] === "debug" && error instanceof Error;
    process.stderr.write(`${explain(error)}\n${details ? `${error.stack}\n` : ""}`);
    process.exitCode = 1;
  }
}
