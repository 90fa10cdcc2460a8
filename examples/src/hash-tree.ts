import { join } from "node:path";
import { spawnBlocking } from "@bascule/core";
import { readdir } from "@bascule/fs";
import { isTheEnd, report, runCommand, UsageError } from "./command.ts";
import { hashFile } from "./hash-file.ts";
import { OutputLines } from "./output-lines.ts";
import { standardOutput } from "./standard-streams.ts";

/** Files that are being hashed, or wait for it, at a time: enough to keep every thread busy. */
const AHEAD_MAX = 64;

/**
 * Names on Linux are bytes, which need not be UTF-8. Here they are text with a character for each
 * byte, so that none is lost, and they are in the order of their bytes.
 */
const BYTES = "latin1";

const ESCAPED: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };

/** A file that is being hashed. */
interface Hashing {
  readonly path: string;
  readonly outcome: Promise<[PromiseSettledResult<string>]>;
}

const COMMAND = {
  name: "hash-tree",
  usage: `Usage: bun hash-tree.ts [DIRECTORY]

Writes the SHA-256 of every file below a directory, sorted by path, as sha256sum -c reads it.
Symbolic links are not followed.
`,
  options: {},
} as const;

await runCommand(COMMAND, async ({ positionals }) => {
  const [root = ".", ...more] = positionals;
  if (more.length > 0) throw new UsageError("Pass one directory");
  const lines = new OutputLines(await standardOutput(), BYTES);
  let exitCode = 0;
  const fail = (error: unknown): void => {
    if (isTheEnd(error)) throw error;
    exitCode = report(COMMAND.name, error);
  };
  // Results are written in the order of the walk, which goes on while threads hash.
  const hashing: Hashing[] = [];
  const start = Buffer.from(root).toString(BYTES);
  for await (const path of walk(start, fail)) {
    const handle = spawnBlocking(hashFile, [Buffer.from(path, BYTES)]);
    // Joined at once: a failure that nobody waits for yet would be reported as nobody's.
    hashing.push({ path, outcome: Promise.allSettled([handle]) });
    if (hashing.length >= AHEAD_MAX) await writeFirst();
  }
  while (hashing.length > 0) await writeFirst();
  await lines.flush();
  return exitCode;

  async function writeFirst(): Promise<void> {
    const first = hashing.shift();
    if (first === undefined) return;
    const [hashed] = await first.outcome;
    if (hashed.status === "rejected") fail(hashed.reason);
    else await lines.write(lineOf(hashed.value, first.path));
  }
});

/** As sha256sum has it: a line whose name had to be escaped begins with a backslash. */
function lineOf(hash: string, path: string): string {
  const escaped = path.replace(/[\\\n\r]/g, (character) => ESCAPED[character] ?? character);
  return `${escaped === path ? "" : "\\"}${hash}  ${escaped}`;
}

/** The files below a directory, in the order of their names. A directory is read when it is due. */
async function* walk(
  folder: string,
  onError: (error: unknown) => void,
): AsyncGenerator<string, void, undefined> {
  let entries;
  try {
    const path = Buffer.from(folder, BYTES);
    entries = await readdir(path, { withFileTypes: true, encoding: BYTES });
  } catch (error) {
    onError(error);
    return;
  }
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path, onError);
    else if (entry.isFile()) yield path;
  }
}
