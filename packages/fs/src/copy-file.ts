import { Runtime, shield, SystemError, type WaitOptions } from "@bascule/core";
import {
  chmodAt,
  EISDIR,
  EOPNOTSUPP,
  EPERM,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_WRONLY,
} from "@bascule/sys";
import { checkModeBits } from "./arguments.ts";
import { copyContent } from "./copy-content.ts";
import { fileError } from "./errors.ts";
import { isReason } from "./is-reason.ts";
import { openDescriptor } from "./open-descriptor.ts";
import { OpenFile } from "./open-file.ts";
import { type PathLike, pathText, toPath } from "./path.ts";
import { unlink } from "./paths.ts";
import { statDescriptor } from "./stat.ts";
import { permissionsOf } from "./stats.ts";

/** Fail when the target is there. */
export const COPYFILE_EXCL = 1;
/** Share the blocks where the file system can, else copy: what is done anyway. */
export const COPYFILE_FICLONE = 2;
/** Share the blocks or fail; not supported. */
export const COPYFILE_FICLONE_FORCE = 4;

const PERMISSION_BITS = 0o777;

/** Options of {@link copyFile}. */
export interface CopyFileOptions extends WaitOptions {
  /** `COPYFILE_*`, together. */
  mode?: number | undefined;
  /** Told after each stretch, with bytes: for a progress bar. It must not throw. */
  onProgress?: ((progress: { bytesCopied: number; bytesTotal: number }) => void) | undefined;
}

/**
 * Copies a file, its content and permissions, inside the kernel: copy_file_range(2), which shares
 * blocks where the file system can; reads and writes where the kernel cannot copy. Holes stay
 * holes: a file that takes up less room than its size is looked through for data with lseek(2). As
 * in Node a target that is there gets the permissions of the source, too, and the umask does not
 * count: who does not own the target gets `EPERM`, if they differ.
 *
 * Abort rejects with the reason, whose `bytesWritten` says how much had been copied; a target that
 * was not there before is removed again.
 * @throws (rejects) SystemError with `path` and `dest` (`ENOENT`, `EEXIST`, `EISDIR`, `EPERM`,
 *   `ENOSPC` …)
 */
export async function copyFile(
  source: PathLike,
  target: PathLike,
  options?: CopyFileOptions | number | null,
): Promise<void> {
  const settings = typeof options === "object" ? (options ?? {}) : { mode: options };
  const from = toPath(source, "src");
  const to = toPath(target, "dest");
  const mode = checkModeBits(settings.mode);
  const runtime = Runtime.current();
  const subject = { path: pathText(from), dest: pathText(to) };
  try {
    if ((mode & COPYFILE_FICLONE_FORCE) !== 0) throw fileError(runtime, "copyfile", -EOPNOTSUPP);
    const fd = await openDescriptor(runtime, "copyfile", from, O_RDONLY, 0, settings);
    const file = new OpenFile(runtime, fd, O_RDONLY);
    try {
      await copyOpen(file, to, mode, settings);
    } finally {
      file.close();
    }
  } catch (error) {
    if (!(error instanceof SystemError) || isReason(error, settings)) throw error;
    const { errno, bytesWritten } = error;
    const count = bytesWritten === undefined ? {} : { bytesWritten };
    throw fileError(runtime, "copyfile", errno, { ...subject, ...count });
  }
}

async function copyOpen(
  source: OpenFile,
  to: string | Uint8Array,
  mode: number,
  options: CopyFileOptions,
): Promise<void> {
  const { runtime, descriptor } = source;
  const { signal } = options;
  const stats = await statDescriptor(runtime, descriptor, { signal });
  if (stats.isDirectory()) throw source.error("copyfile", -EISDIR);
  const wanted = permissionsOf(stats);
  const { fd, isNew } = await openTarget(runtime, to, mode, wanted & PERMISSION_BITS, options);
  const target = new OpenFile(runtime, fd, O_WRONLY);
  try {
    const old = await statDescriptor(runtime, target.descriptor, { signal });
    if (old.dev === stats.dev && old.ino === stats.ino) return;
    // A device or a FIFO is written to, and stays what it is.
    const differs = old.isFile() && permissionsOf(old) !== wanted;
    if (differs) await setMode(target, wanted, isNew, options);
    await copyContent(source, target, stats, options);
  } catch (error) {
    if (isNew) await shield(() => unlink(to));
    throw error;
  } finally {
    target.close();
  }
}

/** What this process has just made is its own: a file system that says otherwise has no modes. */
async function setMode(
  target: OpenFile,
  mode: number,
  isNew: boolean,
  options: WaitOptions,
): Promise<void> {
  try {
    await target.call("fchmod", chmodAt, { length: mode }, options);
  } catch (error) {
    const isRefused = error instanceof SystemError && error.errno === -EPERM;
    if (!isNew || !isRefused) throw error;
  }
}

/** What is there is not cut off yet: it may be the source itself. */
async function openTarget(
  runtime: Runtime,
  path: string | Uint8Array,
  mode: number,
  permissions: number,
  options: WaitOptions,
): Promise<{ fd: number; isNew: boolean }> {
  const flags = O_WRONLY | O_CREAT | O_EXCL;
  try {
    // Not abortable: only who hears that the file was made can remove it again.
    const fd = await shield(() =>
      openDescriptor(runtime, "copyfile", path, flags, permissions, undefined),
    );
    return { fd, isNew: true };
  } catch (error) {
    const code = (error as { code?: string }).code;
    if ((mode & COPYFILE_EXCL) !== 0 || code !== "EEXIST") throw error;
  }
  const existing = O_WRONLY | O_CREAT;
  const fd = await openDescriptor(runtime, "copyfile", path, existing, permissions, options);
  return { fd, isNew: false };
}
