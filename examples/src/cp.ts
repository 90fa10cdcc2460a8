import { basename, join } from "node:path";
import { copyFile, stat } from "@bascule/fs";
import { runCommand, UsageError } from "./command.ts";
import { ProgressBar } from "./progress-bar.ts";

const COMMAND = {
  name: "cp",
  usage: `Usage: bun cp.ts [--progress] SOURCE TARGET

Copies a file. TARGET may be a directory. On a terminal a bar shows how far it has come.

  --progress  show the bar anyway
`,
  options: { progress: { type: "boolean", default: false } },
} as const;

await runCommand(COMMAND, async ({ values, positionals }) => {
  const [source, place, ...more] = positionals;
  if (source === undefined || place === undefined || more.length > 0) {
    throw new UsageError("Pass a source and a target");
  }
  const from = await stat(source);
  if (from.isDirectory()) throw new Error(`${source}: is a directory, which is not copied`);
  const target = await targetPath(source, place);
  const existing = await statIfThere(target);
  if (existing !== null && existing.dev === from.dev && existing.ino === from.ino) {
    throw new Error(`${source} and ${target} are the same file`);
  }
  using bar = new ProgressBar(process.stderr, values.progress || process.stderr.isTTY);
  // The kernel copies, stretch by stretch. An abort comes through in between, and takes a target
  // away that was not there before: Ctrl-C leaves no half of a file.
  await copyFile(source, target, {
    onProgress: ({ bytesCopied, bytesTotal }) => bar.show(bytesCopied, bytesTotal),
  });
  return 0;
});

async function targetPath(source: string, place: string): Promise<string> {
  const there = await statIfThere(place);
  return there?.isDirectory() === true ? join(place, basename(source)) : place;
}

async function statIfThere(path: string): Promise<Awaited<ReturnType<typeof stat>> | null> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    throw error;
  }
}
