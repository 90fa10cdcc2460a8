import { join } from "node:path";
import { type JoinHandle, spawnBlocking } from "@bascule/core";
import { readdir } from "@bascule/fs";
import { isTheEnd, report, runCommand, UsageError } from "./command.ts";
import { hashFile } from "./hash-file.ts";
import { OutputLines } from "./output-lines.ts";
import { standardOutput } from "./standard-streams.ts";

/** Files that are being hashed, or wait for it, at a time: enough to keep every thread busy. */
const AHEAD_MAX = 64;

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
  const lines = new OutputLines(await standardOutput());
  let exitCode = 0;
  const fail = (error: unknown): void => {
    if (isTheEnd(error)) throw error;
    exitCode = report(COMMAND.name, error);
  };
  // Results are written in the order of the walk, which goes on while threads hash.
  const hashing: { path: string; handle: JoinHandle<string> }[] = [];
  for await (const path of walk(root, fail)) {
    hashing.push({ path, handle: spawnBlocking(hashFile, [path]) });
    if (hashing.length >= AHEAD_MAX) await writeFirst();
  }
  while (hashing.length > 0) await writeFirst();
  await lines.flush();
  return exitCode;

  async function writeFirst(): Promise<void> {
    const first = hashing.shift();
    if (first === undefined) return;
    let hash: string;
    try {
      hash = await first.handle;
    } catch (error) {
      fail(error);
      return;
    }
    await lines.write(`${hash}  ${first.path}`);
  }
});

/** The files below a directory, in the order of their names. A directory is read when it is due. */
async function* walk(
  folder: string,
  onError: (error: unknown) => void,
): AsyncGenerator<string, void, undefined> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
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
