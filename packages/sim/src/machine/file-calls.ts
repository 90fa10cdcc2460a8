import {
  EBADF,
  EEXIST,
  EINVAL,
  EIO,
  EISDIR,
  ELOOP,
  EMFILE,
  ENOENT,
  ENOSPC,
  ENOTDIR,
  ENXIO,
} from "../errno.ts";
import { type Node, S_IFLNK, S_IFREG } from "../files/node.ts";
import { writeEntry } from "../files/structures.ts";
import type { WorldState } from "../world-state.ts";
import type { DescriptorTable } from "./descriptor-table.ts";
import { OpenFile } from "./open-file.ts";
import type { PathCalls } from "./path-calls.ts";

const O_ACCESS = 0o3;
const O_WRONLY = 0o1;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
/** Part of `O_SYNC`, too. */
const O_DSYNC = 0o10000;
const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;
const O_PATH = 0o10000000;
const O_TMPFILE = 0o20000000;
const UMASK = 0o022;
const SEEK_CUR = 1;
const SEEK_END = 2;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;

/** The system calls about open files, on one host. */
export class FileCalls {
  readonly #world: WorldState;
  readonly #table: DescriptorTable;
  readonly #paths: PathCalls;
  readonly #diskBytes: number;

  constructor(world: WorldState, table: DescriptorTable, paths: PathCalls, diskBytes: number) {
    this.#world = world;
    this.#table = table;
    this.#paths = paths;
    this.#diskBytes = diskBytes;
  }

  open(folder: number, path: string, flags: number, mode: number): number {
    if ((flags & O_TMPFILE) !== 0) return -EINVAL;
    // Before anything is looked for, let alone made: as in Linux the descriptor comes first.
    if (!this.#table.hasRoom) return -EMFILE;
    const { files } = this.#paths;
    const isExclusive = (flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL);
    const place = this.#paths.find(folder, path, !isExclusive && (flags & O_NOFOLLOW) === 0);
    if (typeof place === "number") return place;
    let { node } = place;
    if (node === null) {
      if ((flags & O_CREAT) === 0) return -ENOENT;
      const full = this.#fault("fullDisks", ENOSPC) ?? this.#fault("ioErrors", EIO);
      const made = full ?? files.make(place, S_IFREG | (mode & 0o7777 & ~UMASK));
      if (typeof made === "number") return made;
      node = made;
    } else if (isExclusive) return -EEXIST;
    if (node.type === S_IFLNK && (flags & O_PATH) === 0) return -ELOOP;
    if ((flags & O_DIRECTORY) !== 0 && !node.isDirectory) return -ENOTDIR;
    const writes = (flags & O_ACCESS) !== 0;
    if (node.isDirectory && (writes || (flags & O_CREAT) !== 0)) return -EISDIR;
    if ((flags & O_TRUNC) !== 0 && writes) this.#resize(node, 0);
    const opened = new OpenFile(node, files.pathOf(place.directory, place.name), flags);
    files.hold(node);
    return this.#table.add(opened, false);
  }

  /** The descriptor is gone already. */
  close(file: OpenFile): void {
    this.#paths.files.release(file.node);
  }

  read(fd: number, target: Uint8Array, at: number): number {
    const file = this.#fileAt(fd);
    if (typeof file === "number") return file;
    if (file.node.isDirectory) return -EISDIR;
    if ((file.flags & O_ACCESS) === O_WRONLY) return -EBADF;
    const failure = this.#fault("ioErrors", EIO);
    if (failure !== null) return failure;
    const count = file.node.data?.read(at < 0 ? file.position : at, target) ?? 0;
    if (at < 0) file.position += count;
    return count;
  }

  write(fd: number, bytes: Uint8Array, at: number): number {
    const file = this.#fileAt(fd);
    if (typeof file === "number") return file;
    const { data } = file.node;
    if (data === null || (file.flags & O_ACCESS) === 0) return -EBADF;
    const failure = this.#fault("ioErrors", EIO) ?? this.#fault("fullDisks", ENOSPC);
    if (failure !== null) return failure;
    const isAppended = (file.flags & O_APPEND) !== 0;
    const start = isAppended ? data.size : at < 0 ? file.position : at;
    const room = this.#room + data.size - start;
    if (bytes.byteLength === 0) return 0;
    if (room <= 0) return -ENOSPC;
    const count = Math.min(room, bytes.byteLength);
    const isDurable = (file.flags & O_DSYNC) !== 0;
    if (isDurable) data.writeDurably(start, bytes.subarray(0, count));
    else data.write(start, bytes.subarray(0, count));
    if (at < 0) file.position = start + count;
    this.#touch(file.node);
    return count;
  }

  copyRange(source: number, target: number, length: number): number {
    const from = this.#fileAt(source);
    if (typeof from === "number") return from;
    const buffer = new Uint8Array(Math.min(length, from.node.size));
    const before = from.position;
    const count = this.read(source, buffer, -1);
    if (count <= 0) return count;
    const written = this.write(target, buffer.subarray(0, count), -1);
    from.position = before + Math.max(0, written);
    return written;
  }

  fsync(fd: number): number {
    const file = this.#fileAt(fd);
    if (typeof file === "number") return file;
    const failure = this.#fault("ioErrors", EIO);
    if (failure !== null) return failure;
    if (file.node.isDirectory) this.#paths.files.commit();
    else file.node.data?.sync();
    return 0;
  }

  truncate(fd: number, length: number): number {
    const file = this.#fileAt(fd);
    if (typeof file === "number") return file;
    if (file.node.data === null || (file.flags & O_ACCESS) === 0) return -EINVAL;
    return this.#resize(file.node, length);
  }

  fallocate(fd: number, mode: number, at: number, length: number): number {
    const file = this.#fileAt(fd);
    if (typeof file === "number") return file;
    const { data } = file.node;
    if (data === null) return -EBADF;
    if ((mode & FALLOC_FL_PUNCH_HOLE) !== 0) {
      const end = Math.min(at + length, data.size);
      if (end > at) data.write(at, new Uint8Array(end - at));
    } else if ((mode & FALLOC_FL_KEEP_SIZE) === 0 && at + length > data.size) {
      return this.#resize(file.node, at + length);
    }
    return 0;
  }

  readDirectory(fd: number, target: Uint8Array): number {
    const file = this.#fileAt(fd);
    if (typeof file === "number") return file;
    const { entries } = file.node;
    if (entries === null) return -ENOTDIR;
    const all = [...entries];
    let filled = 0;
    for (let next = all[file.position]; next !== undefined; next = all[file.position]) {
      const length = writeEntry(target, filled, ...next);
      if (length === 0) return filled === 0 ? -EINVAL : filled;
      filled += length;
      file.position++;
    }
    return filled;
  }

  movePosition(fd: number, by: number): number {
    const file = this.#fileAt(fd);
    if (typeof file === "number") return file;
    file.position += by;
    return file.position;
  }

  /** lseek(2) for a disk that knows of no holes: all of a file is data, with a hole at its end. */
  seek(fd: number, offset: number, whence: number): number {
    const file = this.#fileAt(fd);
    if (typeof file === "number") return file;
    const { size } = file.node;
    const looks = whence === SEEK_DATA || whence === SEEK_HOLE;
    if (looks && (offset < 0 || offset >= size)) return -ENXIO;
    if (whence > SEEK_HOLE) return -EINVAL;
    const from = whence === SEEK_CUR ? file.position : whence === SEEK_END ? size : 0;
    const position = whence === SEEK_HOLE ? size : from + offset;
    if (position < 0) return -EINVAL;
    file.position = position;
    return position;
  }

  /** Bytes that still fit the disk. Holes take up room, too: they are in memory like the rest. */
  get #room(): number {
    return this.#diskBytes - this.#paths.files.usedBytes;
  }

  #resize(node: Node, size: number): number {
    if (size < 0) return -EINVAL;
    if (size - node.size > this.#room) return -ENOSPC;
    if (size !== node.size) node.data?.resize(size);
    this.#touch(node);
    return 0;
  }

  #touch({ times }: Node): void {
    times.modifiedMs = this.#world.clock.wallMs;
    times.changedMs = times.modifiedMs;
  }

  #fileAt(fd: number): OpenFile | number {
    const entry = this.#table.get(fd);
    return entry instanceof OpenFile ? entry : -EBADF;
  }

  #fault(kind: "ioErrors" | "fullDisks", errno: number): number | null {
    return this.#world.choices.chance(this.#world.faults[kind]) ? -errno : null;
  }
}
