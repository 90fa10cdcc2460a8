import { Runtime, spendBudget, type WaitOptions, yieldNow } from "@bascule/core";
import { checkSignal } from "./arguments.ts";
import { File } from "./file.ts";
import { openDescriptor } from "./open-descriptor.ts";
import { endNonBlocking, openNow } from "./open-now.ts";
import { parseFlags, parseMode } from "./open-flags.ts";
import { type PathLike, toPath } from "./path.ts";
import { systemOf } from "./system.ts";

/**
 * Opens a file: openat(2).
 *
 * Abort rejects with the reason; a descriptor that was opened all the same is closed.
 * @param flags Node's letters, `"r"` by default, or `O_*` of open(2)
 * @param mode permissions of a file that is created, less the umask; `0o666`
 * @throws (rejects) SystemError (`ENOENT`, `EACCES`, `EEXIST`, `EMFILE` …), TypeError or RangeError
 *   with Node's codes for bad arguments
 * @example
 * ```ts
 * import { mkdtemp, open, rm } from "@bascule/fs";
 * const folder = await mkdtemp("/tmp/bascule-");
 * {
 *   await using file = await open(`${folder}/notes`, "w+");
 *   await file.write("first line\n");
 *   const bytes = await file.read({ length: 100, at: 6 });
 *   if (new TextDecoder().decode(bytes) !== "line\n") throw new Error("lost");
 * }
 * await rm(folder, { recursive: true });
 * ```
 */
export async function open(
  path: PathLike,
  flags?: string | number | null,
  mode?: number | string | null,
  options?: WaitOptions,
): Promise<File> {
  const target = toPath(path);
  const openFlags = parseFlags(flags ?? "r");
  const runtime = Runtime.current();
  const modeBits = parseMode(mode ?? 0o666);
  checkSignal(options);
  if (!spendBudget(options)) await yieldNow(options);
  let fd = openNow(runtime, target, openFlags);
  if (fd >= 0) endNonBlocking(runtime, fd, openFlags);
  else fd = await openDescriptor(runtime, "open", target, openFlags, modeBits, options);
  try {
    return new File(runtime, fd, openFlags);
  } catch (error) {
    // The runtime has been shut down meanwhile.
    systemOf(runtime).closeDescriptor(fd);
    throw error;
  }
}
