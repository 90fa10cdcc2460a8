import {
  EACCES,
  EADDRINUSE,
  EBADF,
  EINVAL,
  EIO,
  ENOENT,
  ENOSPC,
  ENOTDIR,
  EPERM,
} from "../errno.ts";
import type { FileSystem, Place } from "../files/file-system.ts";
import { type Node, S_IFDIR, S_IFLNK, S_IFSOCK } from "../files/node.ts";
import { readTimes, STATX_BYTES, writeStatus } from "../files/structures.ts";
import type { WorldState } from "../world-state.ts";
import type { DescriptorTable } from "./descriptor-table.ts";
import { OpenFile } from "./open-file.ts";

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_FOLLOW = 0x400;
const AT_EMPTY_PATH = 0x1000;
const PERMISSIONS = 0o7777;
const UMASK = 0o022;
const X_OK = 1;
/** Where a descriptor's own path can be read. */
const DESCRIPTORS = "/proc/self/fd/";

/** The system calls about paths, on one host. A path is bytes, each as one character. */
export class PathCalls {
  readonly files: FileSystem;
  readonly #world: WorldState;
  readonly #table: DescriptorTable;

  constructor(world: WorldState, files: FileSystem, table: DescriptorTable) {
    this.#world = world;
    this.files = files;
    this.#table = table;
  }

  stat(folder: number, path: string, flags: number, target: Uint8Array): number {
    const node = this.nodeAt(folder, path, flags);
    if (typeof node === "number") return node;
    writeStatus(target.subarray(0, STATX_BYTES), node);
    return 0;
  }

  access(folder: number, path: string, mode: number, flags: number): number {
    const node = this.nodeAt(folder, path, flags);
    if (typeof node === "number") return node;
    const isDenied = (mode & X_OK) !== 0 && !node.isDirectory && (node.mode & 0o111) === 0;
    return isDenied ? -EACCES : 0;
  }

  chmod(folder: number, path: string, mode: number): number {
    const node = this.nodeAt(folder, path, path === "" ? AT_EMPTY_PATH : 0);
    if (typeof node === "number") return node;
    node.mode = node.type | (mode & PERMISSIONS);
    node.times.changedMs = this.#world.clock.wallMs;
    return 0;
  }

  /** All files belong to the one user that there is, whose number is 0. */
  chown(folder: number, path: string, user: number, group: number): number {
    const node = this.nodeAt(folder, path, path === "" ? AT_EMPTY_PATH : 0);
    if (typeof node === "number") return node;
    return user === 0 && group === 0 ? 0 : -EPERM;
  }

  utimes(folder: number, path: string, times: Uint8Array, flags: number): number {
    const node = this.nodeAt(folder, path, path === "" ? AT_EMPTY_PATH : flags);
    if (typeof node === "number") return node;
    const [accessed, modified] = readTimes(times, this.#world.clock.wallMs);
    if (accessed !== null) node.times.accessedMs = accessed;
    if (modified !== null) node.times.modifiedMs = modified;
    return 0;
  }

  mkdir(folder: number, path: string, mode: number): number {
    return this.#make(folder, path, S_IFDIR | (mode & PERMISSIONS & ~UMASK));
  }

  symlink(target: string, folder: number, path: string): number {
    return target === "" ? -ENOENT : this.#make(folder, path, S_IFLNK | 0o777, target);
  }

  unlink(folder: number, path: string, flags: number): number {
    const place = this.find(folder, path, false);
    if (typeof place === "number") return place;
    return this.#failure() ?? this.files.remove(place, (flags & AT_REMOVEDIR) !== 0);
  }

  link(folder: number, path: string, newFolder: number, newPath: string, flags: number): number {
    const from = this.find(folder, path, (flags & AT_SYMLINK_FOLLOW) !== 0);
    if (typeof from === "number") return from;
    // As in Linux, what the new name leads to is looked at only when there is something to link.
    if (from.node === null) return -ENOENT;
    const to = this.find(newFolder, newPath, false);
    return typeof to === "number" ? to : (this.#failure() ?? this.files.link(from, to));
  }

  rename(folder: number, path: string, newFolder: number, newPath: string, flags: number): number {
    const from = this.find(folder, path, false);
    const to = this.find(newFolder, newPath, false);
    if (typeof from === "number") return from;
    return typeof to === "number" ? to : (this.#failure() ?? this.files.rename(from, to, flags));
  }

  readlink(folder: number, path: string, target: Uint8Array): number {
    const text = path.startsWith(DESCRIPTORS)
      ? this.#descriptorPath(Number(path.slice(DESCRIPTORS.length)))
      : this.#linkText(folder, path);
    if (typeof text === "number") return text;
    const count = Math.min(text.length, target.byteLength);
    for (let i = 0; i < count; i++) target[i] = text.charCodeAt(i);
    return count;
  }

  /** The file of a Unix socket that is being bound. */
  makeSocketFile(path: string, mode: number): Node | number {
    const place = this.find(AT_FDCWD, toBytes(path), true);
    if (typeof place === "number") return place;
    return place.node !== null ? -EADDRINUSE : this.files.make(place, mode);
  }

  /** The file of a Unix socket that is being connected to. */
  findSocketFile(path: string): Node | number {
    return this.nodeAt(AT_FDCWD, toBytes(path), 0);
  }

  /** The number of a Unix socket's file; 0 for what is none, `-errno` when there is nothing. */
  socketInode(path: string): number {
    const node = this.nodeAt(AT_FDCWD, toBytes(path), AT_SYMLINK_NOFOLLOW);
    if (typeof node === "number") return node;
    return node.type === S_IFSOCK ? node.inode : 0;
  }

  /** What a path, or with `AT_EMPTY_PATH` and no path a descriptor, is about; or `-errno`. */
  nodeAt(folder: number, path: string, flags: number): Node | number {
    if (path === "" && (flags & AT_EMPTY_PATH) !== 0) {
      const entry = this.#table.get(folder);
      if (folder === AT_FDCWD) return this.files.root;
      return entry instanceof OpenFile ? entry.node : -EBADF;
    }
    const place = this.find(folder, path, (flags & AT_SYMLINK_NOFOLLOW) === 0);
    if (typeof place === "number") return place;
    return place.node ?? -ENOENT;
  }

  /** Where a path leads, or `-errno`. */
  find(folder: number, path: string, follows: boolean): Place | number {
    if (folder === AT_FDCWD || path.startsWith("/")) {
      return this.files.find(this.files.root, path, follows);
    }
    const entry = this.#table.get(folder);
    if (!(entry instanceof OpenFile)) return -EBADF;
    return entry.node.isDirectory ? this.files.find(entry.node, path, follows) : -ENOTDIR;
  }

  #make(folder: number, path: string, mode: number, target: string = ""): number {
    const place = this.find(folder, path, false);
    if (typeof place === "number") return place;
    const full = this.#world.choices.chance(this.#world.faults.fullDisks) ? -ENOSPC : null;
    const made = full ?? this.#failure() ?? this.files.make(place, mode, target);
    return typeof made === "number" ? made : 0;
  }

  #failure(): number | null {
    return this.#world.choices.chance(this.#world.faults.ioErrors) ? -EIO : null;
  }

  #linkText(folder: number, path: string): string | number {
    const node = this.nodeAt(folder, path, AT_SYMLINK_NOFOLLOW);
    if (typeof node === "number") return node;
    return node.type === S_IFLNK ? node.target : -EINVAL;
  }

  #descriptorPath(fd: number): string | number {
    const entry = this.#table.get(fd);
    return entry instanceof OpenFile ? entry.path : -ENOENT;
  }
}

/** A text's bytes in UTF-8, each as one character. */
export function toBytes(text: string): string {
  return Buffer.from(text).toString("latin1");
}
