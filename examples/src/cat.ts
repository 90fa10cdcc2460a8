import type { File } from "@bascule/fs";
import { FAILED, isTheEnd, report, runCommand } from "./command.ts";
import { type Output, standardOutput, withInput } from "./standard-streams.ts";

const CHUNK_BYTES = 256 * 1024;

const COMMAND = {
  name: "cat",
  usage: `Usage: bun cat.ts [FILE...]

Writes files to standard output, one after the other; - is standard input, as is no file at all.
`,
  options: {},
} as const;

await runCommand(COMMAND, async ({ positionals }) => {
  const output = await standardOutput();
  let exitCode = 0;
  for (const path of positionals.length === 0 ? ["-"] : positionals) {
    try {
      await withInput(path, (input) => copy(input, output));
    } catch (error) {
      if (isTheEnd(error)) throw error;
      // As the real one: a file that cannot be read does not keep the others back.
      report(COMMAND.name, error, path);
      exitCode = FAILED;
    }
  }
  return exitCode;
});

/**
 * One buffer goes back and forth between the program and the kernel. `readInto` takes it over, so
 * that nobody touches it meanwhile, and gives it back with what was read.
 */
async function copy(input: File, output: Output): Promise<void> {
  if (await output.isSame(input)) throw new Error("input file is output file");
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  for (;;) {
    const read = await input.readInto(buffer);
    if (read.bytesRead === 0) return;
    buffer = read.buffer;
    // Waits while a pipe is full: a slow reader slows this loop down and fills no memory.
    await output.write(new Uint8Array(buffer, 0, read.bytesRead));
  }
}
