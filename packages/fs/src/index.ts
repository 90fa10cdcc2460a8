export { access, exists } from "./access.ts";
export type { FileData } from "./arguments.ts";
export { chmod, truncate, utimes } from "./attributes.ts";
export type { ChunkOptions } from "./chunks.ts";
export {
  copyFile,
  COPYFILE_EXCL,
  COPYFILE_FICLONE,
  COPYFILE_FICLONE_FORCE,
  type CopyFileOptions,
} from "./copy-file.ts";
export { Dirent } from "./dirent.ts";
export { FileClosedError, LineTooLongError } from "./errors.ts";
export { File, type MoveOptions, type PositionOptions } from "./file.ts";
export type { LineOptions } from "./lines.ts";
export { mkdir, type MkdirOptions, mkdtemp } from "./mkdir.ts";
export { open } from "./open.ts";
export type { PathLike } from "./path.ts";
export { link, rename, symlink, unlink } from "./paths.ts";
export { readFile, type ReadFileOptions } from "./read-file.ts";
export { readdir, type ReaddirOptions } from "./readdir.ts";
export { type BytesOptions, type PathOptions, readlink, realpath } from "./readlink.ts";
export { rm, type RmOptions } from "./rm.ts";
export { lstat, stat, type StatOptions } from "./stat.ts";
export { BigIntStats, Stats } from "./stats.ts";
export { watch, Watcher, type WatchEvent, type WatchOptions } from "./watch.ts";
export { appendFile, type WholeData, writeFile, type WriteFileOptions } from "./write-file.ts";
export { F_OK, R_OK, W_OK, X_OK } from "@bascule/sys";
