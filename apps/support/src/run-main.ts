import { writeSync } from "node:fs";
import { explain } from "./explain.ts";

const STDERR = 2;

/**
 * Runs a program. What it throws is told in one message on stderr, and the exit code is 1, whatever
 * is still open. Otherwise the process ends by itself as soon as nothing is.
 */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const details = Bun.env["BASCULE_LOG"] === "debug" && error instanceof Error;
    // Not through the stream: the process is gone before a pipe has taken it.
    writeSync(STDERR, `${explain(error)}\n${details ? `${error.stack}\n` : ""}`);
    process.exit(1);
  }
}
