import { Runtime, type WaitOptions } from "@bascule/core";
import {
  AT_REMOVEDIR,
  DT_DIR,
  EBUSY,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTEMPTY,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_RDONLY,
  unlinkAt,
} from "@bascule/sys";
import { checkBoolean, checkObject } from "./arguments.ts";
import { readEntries } from "./directory-reader.ts";
import { directoryError, fileError } from "./errors.ts";
import { isReason } from "./is-reason.ts";
import { openDescriptor } from "./open-descriptor.ts";
import { OpenFile } from "./open-file.ts";
import { PathCall } from "./path-call.ts";
import { joinPath, type PathLike, pathText, toPath, trimSlashes } from "./path.ts";
import { lstat } from "./stat.ts";

const DIRECTORY_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

/** Files of a directory that are removed at the same time. */
const BATCH = 16;

/** Options of {@link rm}. */
export interface RmOptions extends WaitOptions {
  /** Remove directories with all that is in them. Symbolic links are removed, never followed. */
  recursive?: boolean | undefined;
  /** Do not mind what is not there. */
  force?: boolean | undefined;
}

/**
 * Removes a file, or with `recursive` a whole tree: unlinkat(2). Each directory is read and emptied
 * through its descriptor, so that a directory which somebody replaces by a symbolic link meanwhile
 * leads nobody astray. As for rmdir(2), a symbolic link with a slash after it is `ENOTDIR`, a path
 * that ends in `.` is `EINVAL`, in `..` `ENOTEMPTY`, and `/` is `EBUSY`; nothing is removed then.
 *
 * Abort rejects with the reason and leaves nothing open; what has been removed is gone.
 * @throws (rejects) SystemError (`ENOENT`, `EACCES`, `ENOTEMPTY` when somebody adds to it …); an
 *   Error `ERR_FS_EISDIR` for a directory without `recursive`
 */
export async function rm(path: PathLike, options: RmOptions = {}): Promise<void> {
  const target = toPath(path);
  checkObject(options, "options");
  const { signal, force, recursive } = options;
  checkBoolean(force, "options.force");
  checkBoolean(recursive, "options.recursive");
  try {
    const found = await lstat(target, { signal });
    if (!found.isDirectory()) await remove(target, null, 0, options);
    else if (recursive !== true) throw directoryError(pathText(target));
    else await removeTree(checkRemovable(target), null, target, options);
  } catch (error) {
    const isGone = (error as { code?: string } | null)?.code === "ENOENT";
    if (force !== true || !isGone || isReason(error, options)) throw error;
  }
}

/**
 * Refuses before anything is removed what rmdir(2) would refuse when all else is gone.
 * @returns the path under which a symbolic link is not followed
 */
function checkRemovable(path: string | Uint8Array): string | Uint8Array {
  const name = trimSlashes(path);
  const refusal = refusalByName(name);
  if (refusal < 0) throw failure(Runtime.current(), refusal, path);
  return name;
}

/** What rmdir(2) says to a name alone: `-errno`, or 0. @param path without slashes at its end */
export function refusalByName(path: string | Uint8Array): number {
  const text = pathText(path);
  if (text === "/") return -EBUSY;
  if (/(^|\/)\.$/.test(text)) return -EINVAL;
  return /(^|\/)\.\.$/.test(text) ? -ENOTEMPTY : 0;
}

/** @param shown the path for errors; `path` may be relative to `parent` */
async function removeTree(
  path: string | Uint8Array,
  parent: OpenFile | null,
  shown: string | Uint8Array,
  options: WaitOptions,
): Promise<void> {
  const runtime = Runtime.current();
  const flags = DIRECTORY_FLAGS;
  const place = { descriptor: parent?.descriptor, shown };
  const fd = await openDescriptor(runtime, "rm", path, flags, 0, options, place);
  const folder = new OpenFile(runtime, fd, flags);
  try {
    const entries = await readEntries(folder, shown, options);
    const files = entries.filter(({ type }) => type !== DT_DIR);
    for (let index = 0; index < files.length; index += BATCH) {
      const batch = files.slice(index, index + BATCH);
      const removed = await Promise.allSettled(
        batch.map(({ name }) => removeFile(name, folder, joinPath(shown, name), options)),
      );
      for (const outcome of removed) if (outcome.status === "rejected") throw outcome.reason;
    }
    for (const { name, type } of entries) {
      if (type === DT_DIR) await removeTree(name, folder, joinPath(shown, name), options);
    }
  } finally {
    folder.close();
  }
  await remove(path, parent, AT_REMOVEDIR, options, shown);
}

async function removeFile(
  name: Buffer,
  folder: OpenFile,
  shown: string | Uint8Array,
  options: WaitOptions,
): Promise<void> {
  const result = await tryRemove(name, folder, 0, options);
  // Not every file system tells the type.
  if (result === -EISDIR) await removeTree(name, folder, shown, options);
  else if (result < 0 && result !== -ENOENT) throw failure(folder.runtime, result, shown);
}

async function remove(
  path: string | Uint8Array,
  parent: OpenFile | null,
  flags: number,
  options: WaitOptions,
  shown: string | Uint8Array = path,
): Promise<void> {
  const result = await tryRemove(path, parent, flags, options);
  if (result < 0) throw failure(Runtime.current(), result, shown);
}

async function tryRemove(
  path: string | Uint8Array,
  parent: OpenFile | null,
  flags: number,
  options: WaitOptions,
): Promise<number> {
  const place = parent === null ? {} : { descriptor: parent.descriptor };
  using call = new PathCall("rm", path, place);
  call.frame.flags = flags;
  return await call.result(unlinkAt, options);
}

function failure(runtime: Runtime, result: number, path: string | Uint8Array): Error {
  return fileError(runtime, "rm", result, { path: pathText(path) });
}
