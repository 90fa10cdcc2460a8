import type { WaitOptions } from "@bascule/core";
import { DT_DIR, DT_UNKNOWN, S_IFMT } from "@bascule/sys";
import { Dirent } from "./dirent.ts";
import { listDirectory, type RawEntry } from "./directory-reader.ts";
import { joinPath, type PathLike, pathText, toPath } from "./path.ts";
import { inEncoding, type PathOptions, pathSettings } from "./readlink.ts";
import { lstat } from "./stat.ts";

/** `S_IF*` is `DT_*` twelve bits further up. */
const TYPE_SHIFT = 12;

/** Options of {@link readdir}. */
export interface ReaddirOptions extends PathOptions {
  /** Give {@link Dirent}s, which know their types, instead of names. */
  withFileTypes?: boolean | undefined;
  /** Go into directories, too, but not over symbolic links; names are then relative paths. */
  recursive?: boolean | undefined;
}

/**
 * What is in a directory, without `.` and `..`, in the order of the file system: getdents64(2).
 *
 * Abort rejects with the reason and leaves nothing open.
 * @throws (rejects) SystemError (`ENOENT`, `ENOTDIR`, `EACCES` …)
 * @example
 * ```ts
 * import { readdir } from "@bascule/fs";
 * const entries = await readdir("/proc/self", { withFileTypes: true });
 * const folder = entries.find((entry) => entry.name === "fd");
 * if (folder?.isDirectory() !== true) throw new Error("a process without files");
 * ```
 */
export async function readdir(
  path: PathLike,
  options: ReaddirOptions & { withFileTypes: true; encoding: "buffer" },
): Promise<Dirent<Buffer>[]>;
export async function readdir(
  path: PathLike,
  options: ReaddirOptions & { withFileTypes: true },
): Promise<Dirent[]>;
export async function readdir(
  path: PathLike,
  options: (ReaddirOptions & { encoding: "buffer"; withFileTypes?: false | undefined }) | "buffer",
): Promise<Buffer[]>;
export async function readdir(
  path: PathLike,
  options?: (ReaddirOptions & { withFileTypes?: false | undefined }) | BufferEncoding | null,
): Promise<string[]>;
export async function readdir(
  path: PathLike,
  options?: ReaddirOptions | BufferEncoding | "buffer" | null,
): Promise<(string | Buffer)[] | Dirent<string | Buffer>[]> {
  const settings: ReaddirOptions = pathSettings(options);
  const root = toPath(path);
  const found: Found[] = [];
  await collect(root, Buffer.alloc(0), settings, found);
  if (settings.withFileTypes !== true) {
    return found.map(({ relative }) => inEncoding(relative, settings));
  }
  return found.map(
    ({ folder, entry }) =>
      new Dirent(inEncoding(entry.name, settings), pathText(folder), entry.type),
  );
}

interface Found {
  /** The directory it is in, as a path that can be opened. */
  readonly folder: string | Uint8Array;
  /** The path from where the search began. */
  readonly relative: Buffer;
  readonly entry: RawEntry;
}

/** A directory at a time, the nearest first. */
async function collect(
  root: string | Uint8Array,
  start: Buffer,
  options: ReaddirOptions,
  found: Found[],
): Promise<void> {
  const isTyped = options.withFileTypes === true || options.recursive === true;
  const folders: { path: string | Uint8Array; relative: Buffer }[] = [
    { path: root, relative: start },
  ];
  for (const { path, relative } of folders) {
    for (const raw of await listDirectory(path, options)) {
      const entry = isTyped ? await withType(path, raw, options) : raw;
      const name = relative.byteLength === 0 ? entry.name : joinBytes(relative, entry.name);
      found.push({ folder: path, relative: name, entry });
      if (options.recursive === true && entry.type === DT_DIR) {
        folders.push({ path: joinPath(root, textIfExact(name)), relative: name });
      }
    }
  }
}

/** Some file systems do not say what an entry is. */
async function withType(
  folder: string | Uint8Array,
  entry: RawEntry,
  options: WaitOptions,
): Promise<RawEntry> {
  if (entry.type !== DT_UNKNOWN) return entry;
  const stats = await lstat(joinPath(folder, entry.name), { signal: options.signal });
  return { name: entry.name, type: (stats.mode & S_IFMT) >> TYPE_SHIFT };
}

function joinBytes(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from("/"), name]);
}

/** Text where nothing is lost by it, so that paths of entries are text as well. */
function textIfExact(name: Buffer): string | Uint8Array {
  const text = name.toString("utf8");
  return Buffer.from(text).equals(name) ? text : name;
}
