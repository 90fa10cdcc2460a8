import { type Runtime, shield, type WaitOptions } from "@bascule/core";
import {
  AT_FDCWD,
  chmodAt,
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  fsync,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDONLY,
  O_WRONLY,
  RENAME_NOREPLACE,
  renameAt,
} from "@bascule/sys";
import { fileError } from "./errors.ts";
import { keepAttributes } from "./keep-attributes.ts";
import { openDescriptor } from "./open-descriptor.ts";
import { OpenFile } from "./open-file.ts";
import { PathCall } from "./path-call.ts";
import { joinPath, parentPath, pathText } from "./path.ts";
import { unlink } from "./paths.ts";
import { readlinkPath } from "./readlink.ts";
import { lookAt } from "./stat.ts";
import type { Stats } from "./stats.ts";

/** Until it has its owner and permissions, a file is open to nobody else. */
const OWNER_BITS = 0o700;
const LINKS_MAX = 40;
const FLAGS = O_WRONLY | O_CREAT | O_EXCL;

/** What {@link replaceFile} makes. */
export interface Replacement {
  /** Permissions, less the umask; null for those of the file that is there, or `0o666`. */
  readonly mode: number | null;
  /** Nothing may have the name yet, as with `O_EXCL`. */
  readonly isExclusive: boolean;
}

/**
 * Replaces a file by what `write` writes: a temporary file in the same folder, fsync(2),
 * renameat2(2), and fsync(2) of the folder. A symbolic link keeps pointing where it does; what it
 * points to is replaced. Only a regular file is: a device or a FIFO would be lost.
 */
export async function replaceFile(
  runtime: Runtime,
  path: string | Uint8Array,
  { mode, isExclusive }: Replacement,
  write: (file: OpenFile) => Promise<void>,
  options: WaitOptions,
): Promise<void> {
  const { target, replaced } = isExclusive
    ? await requireAbsence(runtime, path, options)
    : await resolveTarget(runtime, path, options);
  const folder = parentPath(target);
  const temporary = joinPath(folder, temporaryName());
  const shown = { shown: path };
  try {
    const made = mode ?? (replaced === null ? 0o666 : replaced.mode & OWNER_BITS);
    const fd = await openDescriptor(runtime, "open", temporary, FLAGS, made, options, shown);
    const file = new OpenFile(runtime, fd, FLAGS);
    try {
      const keepsMode = mode !== null;
      const length =
        replaced === null ? null : await keepAttributes(file, replaced, keepsMode, options);
      await write(file);
      if (length !== null) await file.call("fchmod", chmodAt, { length }, options);
      await file.call("fsync", fsync, {}, options);
    } finally {
      file.close();
    }
    using call = new PathCall("rename", temporary, { dest: target, runtime, ...shown });
    call.frame.length = AT_FDCWD;
    call.frame.offset = call.dest;
    call.frame.flags = isExclusive ? RENAME_NOREPLACE : 0;
    await call.run(renameAt, options);
  } catch (error) {
    await shield(() => removeTemporary(temporary));
    throw error;
  }
  await syncFolder(runtime, folder, options);
}

/** Where a new file goes, and what it takes the place of. */
interface Target {
  readonly target: string | Uint8Array;
  readonly replaced: Stats | null;
}

/** What a path leads to over symbolic links. */
async function resolveTarget(
  runtime: Runtime,
  path: string | Uint8Array,
  options: WaitOptions,
): Promise<Target> {
  let target = path;
  for (let links = 0; links < LINKS_MAX; links++) {
    const found = await lookAt("open", target, path, options);
    if (found === null) return { target, replaced: null };
    if (found.isFile()) return { target, replaced: found };
    if (found.isDirectory()) throw fileError(runtime, "open", -EISDIR, { path: pathText(path) });
    if (!found.isSymbolicLink()) {
      const description = "only a regular file can be written with atomic, leave it out";
      throw fileError(runtime, "open", -EINVAL, { path: pathText(path), description });
    }
    const pointed = await readlinkPath("open", target, options, path);
    target = pointed[0] === 0x2f ? pointed : joinPath(parentPath(target), pointed);
  }
  throw fileError(runtime, "open", -ELOOP, { path: pathText(path) });
}

/** A symbolic link that points nowhere is something, too. */
async function requireAbsence(
  runtime: Runtime,
  path: string | Uint8Array,
  options: WaitOptions,
): Promise<Target> {
  const found = await lookAt("open", path, path, options);
  if (found !== null) throw fileError(runtime, "open", -EEXIST, { path: pathText(path) });
  return { target: path, replaced: null };
}

/**
 * It may never have been made, or have been renamed before the abort. Where it cannot be removed,
 * what went wrong first is what the caller is told.
 */
async function removeTemporary(path: string | Uint8Array): Promise<void> {
  await Promise.allSettled([unlink(path)]);
}

async function syncFolder(
  runtime: Runtime,
  path: string | Uint8Array,
  options: WaitOptions,
): Promise<void> {
  const flags = O_RDONLY | O_DIRECTORY;
  const fd = await openDescriptor(runtime, "open", path, flags, 0, options);
  const folder = new OpenFile(runtime, fd, flags);
  try {
    await folder.call("fsync", fsync, {}, options);
  } finally {
    folder.close();
  }
}

function temporaryName(): string {
  const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
  return `.bascule-${random}.tmp`;
}
