import type { File } from "@bascule/fs";
import { isTheEnd, MISUSED, report, runCommand, UsageError } from "./command.ts";
import { OutputLines } from "./output-lines.ts";
import { standardOutput, withInput } from "./standard-streams.ts";

const NOTHING_FOUND = 1;

const COMMAND = {
  name: "grep",
  usage: `Usage: bun grep.ts [options] PATTERN [FILE...]

Writes the lines in which a regular expression (of JavaScript) is found; - is standard input, as is
no file at all. Exits with 0 when there was one, 1 when there was none, 2 when something failed.

  -F, --fixed-strings  the pattern is text, not an expression
  -i, --ignore-case    A is a
  -n, --line-number    tell each line's number
  -v, --invert-match   the lines in which it is not found
  -c, --count          only tell how many
`,
  options: {
    "fixed-strings": { type: "boolean", short: "F", default: false },
    "ignore-case": { type: "boolean", short: "i", default: false },
    "line-number": { type: "boolean", short: "n", default: false },
    "invert-match": { type: "boolean", short: "v", default: false },
    count: { type: "boolean", short: "c", default: false },
  },
  failed: MISUSED,
} as const;

await runCommand(COMMAND, async ({ values, positionals }) => {
  const [pattern, ...files] = positionals;
  if (pattern === undefined) throw new UsageError("Pass a pattern");
  const expression = compile(pattern, values["fixed-strings"], values["ignore-case"]);
  const paths = files.length === 0 ? ["-"] : files;
  const output = await standardOutput();
  const lines = new OutputLines(output);
  let found = 0;
  let hasFailed = false;
  for (const path of paths) {
    const prefix = paths.length > 1 ? `${path}:` : "";
    try {
      const count = await withInput(path, (file) => search(file, prefix));
      if (values.count) await lines.write(`${prefix}${count}`);
      found += count;
    } catch (error) {
      if (isTheEnd(error)) throw error;
      report(COMMAND.name, error, path);
      hasFailed = true;
    }
  }
  await lines.flush();
  if (hasFailed) return MISUSED;
  return found > 0 ? 0 : NOTHING_FOUND;

  /** A line is in memory at a time, and the chunk of 64 KiB that it came from. */
  async function search(file: File, prefix: string): Promise<number> {
    if (await output.isSame(file)) throw new Error("input file is also the output");
    let count = 0;
    let number = 0;
    for await (const line of file.lines()) {
      number++;
      if (expression.test(line) === values["invert-match"]) continue;
      count++;
      if (values.count) continue;
      const written = lines.write(`${prefix}${values["line-number"] ? `${number}:` : ""}${line}`);
      // Most lines only join others that will be written together: nothing to wait for.
      if (written !== null) await written;
    }
    return count;
  }
});

function compile(pattern: string, isText: boolean, ignoresCase: boolean): RegExp {
  const source = isText ? RegExp.escape(pattern) : pattern;
  try {
    return new RegExp(source, ignoresCase ? "iu" : "u");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`"${pattern}" is not a regular expression: ${why}`);
  }
}
