import type { Choices } from "../choices.ts";
import {
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
} from "../errno.ts";
import type { Loss } from "./file-data.ts";
import { Journal, type NameChange } from "./journal.ts";
import { Node, S_IFDIR, S_IFLNK, S_IFREG } from "./node.ts";
import { pathText } from "./path-text.ts";

const LINKS_MAX = 40;
const EXCHANGE = 2;
const NO_REPLACE = 1;

/** Where a path leads: the directory, the name in it, and what has that name. */
export interface Place {
  readonly directory: Node;
  /** Empty for the root. */
  readonly name: string;
  readonly node: Node | null;
  /** The path says that it is a directory. */
  readonly endsInSlash: boolean;
}

/** The files of one host, which outlive its crashes as far as they were synced. */
export class FileSystem {
  readonly root: Node;
  readonly #journal: Journal = new Journal();
  /** Files that have a name or are open: they take up room. */
  readonly #files: Set<Node> = new Set();
  /** Files that are gone, and that a crash may bring back with what of them was synced. */
  readonly #removed: Set<Node> = new Set();
  readonly #nowMs: () => number;
  #lastInode: number = 1;

  /** @param nowMs milliseconds since 1970 */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.root = new Node(1, S_IFDIR | 0o755, nowMs());
    this.root.links = 1;
    this.root.parent = this.root;
    this.#add(this.root, "tmp", new Node(++this.#lastInode, S_IFDIR | 0o777, nowMs()));
    this.#journal.commit();
  }

  /** Bytes in all files; one that was removed takes up none, whether or not that was synced. */
  get usedBytes(): number {
    let sum = 0;
    for (const node of this.#files) sum += node.size;
    return sum;
  }

  /**
   * Follows a path.
   * @param path bytes, each as one character
   * @param follows whether a symbolic link at its end is followed, too
   * @returns `-errno` when the way there does not exist
   */
  find(start: Node, path: string, follows: boolean, depth: number = 0): Place | number {
    if (path === "") return -ENOENT;
    if (depth > LINKS_MAX) return -ELOOP;
    let directory = path.startsWith("/") ? this.root : start;
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    const endsInSlash = path.endsWith("/") || path.endsWith("/.") || path === ".";
    for (let index = 0; index < parts.length; index++) {
      const name = parts[index] as string;
      const isLast = index === parts.length - 1;
      if (directory.entries === null) return -ENOTDIR;
      const next = name === ".." ? directory.parent : directory.entries.get(name);
      if (next === undefined || next === null) {
        return isLast ? { directory, name, node: null, endsInSlash } : -ENOENT;
      }
      if (next.type === S_IFLNK && (!isLast || follows || endsInSlash)) {
        const rest = [next.target, ...parts.slice(index + 1)].join("/");
        return this.find(directory, endsInSlash ? `${rest}/` : rest, follows, depth + 1);
      }
      if (isLast && endsInSlash && !next.isDirectory) return -ENOTDIR;
      if (isLast) return { directory: next.parent ?? directory, name, node: next, endsInSlash };
      directory = next;
    }
    return { directory, name: "", node: directory, endsInSlash };
  }

  /** Makes a file, a directory, a socket's file or a symbolic link at a place without one. */
  make(place: Place, mode: number, target: string = ""): Node | number {
    if (place.node !== null) return -EEXIST;
    if (place.endsInSlash && (mode & S_IFDIR) === 0) return -EISDIR;
    if (place.directory.links === 0) return -ENOENT;
    const node = new Node(++this.#lastInode, mode, this.#nowMs(), target);
    this.#add(place.directory, place.name, node);
    return node;
  }

  /** unlink(2) and rmdir(2). */
  remove({ directory, name, node }: Place, isForDirectory: boolean): number {
    if (node === null) return -ENOENT;
    if (name === "" || name === "..") return name === ".." ? -ENOTEMPTY : -EINVAL;
    if (isForDirectory && node.entries === null) return -ENOTDIR;
    if (!isForDirectory && node.isDirectory) return -EISDIR;
    if (isForDirectory && (node.entries?.size ?? 0) > 0) return -ENOTEMPTY;
    this.#journal.apply([{ directory, name, before: node, after: undefined }]);
    this.#touch(directory, node);
    this.#dropUnused(node);
    return 0;
  }

  /** A descriptor leads to a node. */
  hold(node: Node): void {
    node.holders++;
  }

  /** A descriptor that led to a node is closed. */
  release(node: Node): void {
    node.holders--;
    this.#dropUnused(node);
  }

  /** link(2). */
  link(from: Place, to: Place): number {
    if (from.node === null) return -ENOENT;
    if (to.node !== null) return -EEXIST;
    if (from.node.isDirectory) return -EPERM;
    this.#add(to.directory, to.name, from.node);
    return 0;
  }

  /** renameat2(2). */
  rename(from: Place, to: Place, flags: number): number {
    const [node, old] = [from.node, to.node];
    if (!hasOwnName(from) || !hasOwnName(to)) return -EBUSY;
    if (node === null) return -ENOENT;
    if ((flags & NO_REPLACE) !== 0 && old !== null) return -EEXIST;
    if ((flags & EXCHANGE) !== 0) return this.#exchange(from, to);
    if (node === old) return 0;
    if (!node.isDirectory && to.endsInSlash) return -ENOTDIR;
    if (this.#isWithin(to.directory, node)) return -EINVAL;
    if (old !== null && this.#isWithin(from.directory, old)) return -ENOTEMPTY;
    if (old !== null) {
      if (node.isDirectory && !old.isDirectory) return -ENOTDIR;
      if (!node.isDirectory && old.isDirectory) return -EISDIR;
      if ((old.entries?.size ?? 0) > 0) return -ENOTEMPTY;
    }
    this.#journal.apply([
      { directory: from.directory, name: from.name, before: node, after: undefined },
      { directory: to.directory, name: to.name, before: old ?? undefined, after: node },
    ]);
    this.#touch(from.directory, node);
    this.#touch(to.directory, node);
    if (old !== null) this.#dropUnused(old);
    return 0;
  }

  /** Directories are on the disk as they are now. */
  commit(): void {
    this.#journal.commit();
    this.#removed.clear();
  }

  /** The power fails. @returns what is lost, in words */
  crash(choices: Choices, tornWrites: number): string[] {
    const losses: string[] = [];
    this.#journal.crash(choices, (changes) => losses.push(this.#describe(changes)));
    for (const node of this.#removed) this.#files.add(node);
    this.#removed.clear();
    const paths = this.#paths();
    for (const node of this.#files) {
      node.holders = 0;
      const path = paths.get(node);
      if (path === undefined) this.#files.delete(node);
      else if (node.data !== null) {
        losses.push(...describeLoss(pathText(path), node.data.crash(choices, tornWrites)));
      }
    }
    return losses;
  }

  /** The path of a directory, or of what has a name in one; bytes, each as one character. */
  pathOf(directory: Node, name: string): string {
    const parts = name === "" ? [] : [name];
    for (let at = directory; at !== this.root && at.parent !== null; at = at.parent) {
      for (const [key, node] of at.parent.entries ?? []) if (node === at) parts.unshift(key);
    }
    return `/${parts.join("/")}`;
  }

  /** Files by a name that each has. */
  #paths(): Map<Node, string> {
    const found = new Map<Node, string>();
    const visit = (directory: Node, path: string): void => {
      for (const [name, node] of directory.entries ?? []) {
        if (node.isDirectory) visit(node, `${path}/${name}`);
        else found.set(node, `${path}/${name}`);
      }
    };
    visit(this.root, "");
    return found;
  }

  /** Changes of directories that are lost, in words. They have been made, and nothing since. */
  #describe(changes: readonly NameChange[]): string {
    const [first = "", second] = changes.map((change) =>
      pathText(this.pathOf(change.directory, change.name)),
    );
    const [before, after] = [changes[0]?.before, changes[0]?.after];
    if (before === undefined) return `${first} loses its name`;
    if (second === undefined) return `${first} has its name again`;
    if (after === undefined) return `${second} is ${first} again`;
    return `${first} and ${second} are exchanged again`;
  }

  #exchange(from: Place, to: Place): number {
    if (from.node === null || to.node === null) return -ENOENT;
    if (this.#isWithin(to.directory, from.node)) return -EINVAL;
    if (this.#isWithin(from.directory, to.node)) return -EINVAL;
    this.#journal.apply([
      { directory: from.directory, name: from.name, before: from.node, after: to.node },
      { directory: to.directory, name: to.name, before: to.node, after: from.node },
    ]);
    return 0;
  }

  /** Whether a directory is a node, or somewhere below it. */
  #isWithin(directory: Node, node: Node): boolean {
    for (let at: Node | null = directory; at !== null; at = at.parent) {
      if (at === node) return true;
      if (at === this.root) break;
    }
    return false;
  }

  #add(directory: Node, name: string, node: Node): void {
    if (node.type === S_IFREG) this.#files.add(node);
    this.#journal.apply([{ directory, name, before: undefined, after: node }]);
    this.#touch(directory, node);
  }

  #dropUnused(node: Node): void {
    if (node.links > 0 || node.holders > 0 || !this.#files.delete(node)) return;
    node.data?.drop();
    if (this.#journal.length > 0) this.#removed.add(node);
  }

  #touch(directory: Node, node: Node): void {
    const nowMs = this.#nowMs();
    directory.times.modifiedMs = nowMs;
    directory.times.changedMs = nowMs;
    node.times.changedMs = nowMs;
  }
}

/** The root and `..` are entries of no directory that a path names. */
function hasOwnName({ name }: Place): boolean {
  return name !== "" && name !== "..";
}

/** What a crash took from a file, in words. */
function describeLoss(path: string, { unsyncedBytes, lostBytes, lostSize }: Loss): string[] {
  const found: string[] = [];
  const of = lostBytes === unsyncedBytes ? "" : ` of ${unsyncedBytes}`;
  if (lostBytes > 0) found.push(`${path} loses ${lostBytes}${of} unsynced bytes`);
  if (lostSize !== null) found.push(`${path} loses its new size of ${lostSize} bytes`);
  return found;
}
