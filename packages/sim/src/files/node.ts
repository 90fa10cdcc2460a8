import { FileData } from "./file-data.ts";

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;

/** Milliseconds since 1970; fractions count. */
export interface Times {
  accessedMs: number;
  modifiedMs: number;
  changedMs: number;
  readonly bornMs: number;
}

/** A file, a directory, a symbolic link or a socket's file. */
export class Node {
  readonly inode: number;
  /** Type and permissions. */
  mode: number;
  /** How many names it has. */
  links: number = 0;
  /** How many descriptors lead to it. */
  holders: number = 0;
  readonly times: Times;
  /** Of a file. */
  readonly data: FileData | null;
  /** Of a directory, by name; a name is bytes, each as one character. */
  readonly entries: Map<string, Node> | null;
  /** Of a directory: the one it is in. */
  parent: Node | null = null;
  /** Of a symbolic link: bytes, each as one character. */
  readonly target: string;

  constructor(inode: number, mode: number, nowMs: number, target: string = "") {
    this.inode = inode;
    this.mode = mode;
    this.times = { accessedMs: nowMs, modifiedMs: nowMs, changedMs: nowMs, bornMs: nowMs };
    this.data = (mode & S_IFMT) === S_IFREG ? new FileData() : null;
    this.entries = (mode & S_IFMT) === S_IFDIR ? new Map() : null;
    this.target = target;
  }

  get type(): number {
    return this.mode & S_IFMT;
  }

  get isDirectory(): boolean {
    return this.entries !== null;
  }

  get size(): number {
    return this.data?.size ?? this.target.length;
  }
}
