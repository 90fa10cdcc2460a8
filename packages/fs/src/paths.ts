import type { OperationKind, WaitOptions } from "@bascule/core";
import { AT_FDCWD, linkAt, renameAt, symlinkAt, unlinkAt } from "@bascule/sys";
import { linkTypeError } from "./errors.ts";
import { PathCall } from "./path-call.ts";
import { type PathLike, toPath } from "./path.ts";

/** Of Windows, where they make a difference. */
const LINK_TYPES = ["dir", "file", "junction"];

/**
 * Gives a file another name, taking the place of what had it: renameat2(2).
 *
 * Abort rejects with the reason once the kernel is done; the file may have its new name by then.
 * @throws (rejects) SystemError (`ENOENT`, `EXDEV`, `ENOTEMPTY` …) with `path` and `dest`
 * @example
 * ```ts
 * import { exists, mkdtemp, rename, rm, writeFile } from "@bascule/fs";
 * const folder = await mkdtemp("/tmp/bascule-");
 * await writeFile(`${folder}/old`, "text");
 * await rename(`${folder}/old`, `${folder}/new`);
 * if (await exists(`${folder}/old`)) throw new Error("it is still there");
 * await rm(folder, { recursive: true });
 * ```
 */
export async function rename(
  oldPath: PathLike,
  newPath: PathLike,
  options?: WaitOptions,
): Promise<void> {
  const path = toPath(oldPath, "oldPath");
  await giveName("rename", renameAt, path, toPath(newPath, "newPath"), options);
}

/**
 * Removes a name of a file, and the file with its last name: unlinkat(2). Abort as {@link rename}.
 * @throws (rejects) SystemError (`ENOENT`, `EISDIR`, `EPERM` …)
 */
export async function unlink(path: PathLike, options?: WaitOptions): Promise<void> {
  using call = new PathCall("unlink", toPath(path));
  await call.run(unlinkAt, options);
}

/**
 * Gives a file a second name: linkat(2). Abort as {@link rename}.
 * @throws (rejects) SystemError (`EEXIST`, `EXDEV`, `EPERM` …) with `path` and `dest`
 */
export async function link(
  existingPath: PathLike,
  newPath: PathLike,
  options?: WaitOptions,
): Promise<void> {
  const path = toPath(existingPath, "existingPath");
  await giveName("link", linkAt, path, toPath(newPath, "newPath"), options);
}

/**
 * Makes a symbolic link at `path` that holds `target`, which need not exist: symlinkat(2). Abort as
 * {@link rename}.
 * @param options or, as in Node, `"dir"`, `"file"` or `"junction"`: types that Linux does not have
 * @throws (rejects) SystemError (`EEXIST` …) with `path` and `dest`
 */
export async function symlink(
  target: PathLike,
  path: PathLike,
  options?: WaitOptions | string | null,
): Promise<void> {
  if (typeof options === "string" && !LINK_TYPES.includes(options)) throw linkTypeError(options);
  const content = toPath(target, "target");
  using call = new PathCall("symlink", content, { dest: toPath(path) });
  call.frame.offset = call.dest;
  await call.run(symlinkAt, typeof options === "object" ? (options ?? undefined) : undefined);
}

/** What renameat2(2) and linkat(2) share: a path that there is, and the one that there is to be. */
async function giveName(
  syscall: string,
  kind: OperationKind,
  path: string | Uint8Array,
  dest: string | Uint8Array,
  options: WaitOptions | undefined,
): Promise<void> {
  using call = new PathCall(syscall, path, { dest });
  call.frame.length = AT_FDCWD;
  call.frame.offset = call.dest;
  await call.run(kind, options);
}
