import { join } from "node:path";

const SOURCE = join(import.meta.dir, "../src");
/** A user namespace in which root has no power over the files of others, whom it does not know. */
const NAMESPACE = ["unshare", "--user", "--map-root-user"];

/** Whether {@link runAsStranger} works here, and this process may make files of others. */
export const CAN_BE_STRANGER: boolean =
  process.getuid?.() === 0 && Bun.spawnSync([...NAMESPACE, "true"]).success;
if (!CAN_BE_STRANGER) {
  console.log("Not run for files of others: that takes root and user namespaces");
}

/**
 * Runs a program as a user who may not do everything.
 * @param program code with the package as `fs`
 * @returns what it printed
 * @throws with what it said, when it failed
 */
export function runAsStranger(program: string): string {
  const code = `import * as fs from ${JSON.stringify(join(SOURCE, "index.ts"))};\n${program}`;
  const command = [...NAMESPACE, process.execPath, "-e", code];
  const { stdout, stderr, exitCode } = Bun.spawnSync(command, { cwd: SOURCE });
  if (exitCode !== 0) throw new Error(`It ended with ${exitCode}: ${stderr.toString()}`);
  return stdout.toString();
}
