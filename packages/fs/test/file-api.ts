import * as node from "node:fs";
import { basename, dirname, join } from "node:path";
import * as bascule from "../src/index.ts";

/** An open file, as the programs of the differential test use one. */
export interface OpenedFile {
  read(length: number, at: number | undefined): Promise<Uint8Array>;
  write(bytes: Uint8Array, at: number | undefined): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** What a program of the differential test may do, on either implementation. */
export interface FileApi {
  open(path: string, flag: string): Promise<OpenedFile>;
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, bytes: Uint8Array, atomic: boolean): Promise<void>;
  appendFile(path: string, bytes: Uint8Array): Promise<void>;
  truncate(path: string, length: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  readlink(path: string): Promise<string>;
  copyFile(from: string, to: string, mode: number): Promise<void>;
  mkdir(path: string, recursive: boolean): Promise<void>;
  rm(path: string, recursive: boolean, force: boolean): Promise<void>;
  readdir(path: string, recursive: boolean): Promise<string[]>;
  stat(path: string): Promise<unknown>;
  lstat(path: string): Promise<unknown>;
  exists(path: string): Promise<boolean>;
  access(path: string, mode: number): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  utimes(path: string, accessed: number, modified: number): Promise<void>;
}

interface CommonStats {
  readonly size: number;
  readonly mode: number;
  readonly nlink: number;
  readonly mtimeMs: number;
  isDirectory(): boolean;
}

/** What of a file's stats two folders have in common. */
function comparable(stats: CommonStats): unknown {
  const { mode, nlink, mtimeMs } = stats;
  const isOld = mtimeMs < 1e9;
  // The size of a directory is the file system's own business.
  return { mode, nlink, size: stats.isDirectory() ? 0 : stats.size, set: isOld ? mtimeMs : null };
}

export const basculeApi: FileApi = {
  async open(path, flag) {
    const file = await bascule.open(path, flag);
    return {
      read: (length, at) => file.read({ length, at }),
      write: (bytes, at) => file.write(bytes, { at }),
      truncate: (length) => file.truncate(length),
      size: async () => (await file.stat()).size,
      close: () => file.close(),
    };
  },
  readFile: (path) => bascule.readFile(path),
  writeFile: (path, bytes, atomic) => bascule.writeFile(path, bytes, { atomic }),
  appendFile: (path, bytes) => bascule.appendFile(path, bytes),
  truncate: (path, length) => bascule.truncate(path, length),
  rename: (from, to) => bascule.rename(from, to),
  unlink: (path) => bascule.unlink(path),
  link: (from, to) => bascule.link(from, to),
  symlink: (target, path) => bascule.symlink(target, path),
  readlink: (path) => bascule.readlink(path),
  copyFile: (from, to, mode) => bascule.copyFile(from, to, mode),
  mkdir: async (path, recursive) => void (await bascule.mkdir(path, { recursive })),
  rm: (path, recursive, force) => bascule.rm(path, { recursive, force }),
  readdir: async (path, recursive) => (await bascule.readdir(path, { recursive })).toSorted(),
  stat: async (path) => comparable(await bascule.stat(path)),
  lstat: async (path) => comparable(await bascule.lstat(path)),
  exists: (path) => bascule.exists(path),
  access: (path, mode) => bascule.access(path, mode),
  chmod: (path, mode) => bascule.chmod(path, mode),
  utimes: (path, accessed, modified) => bascule.utimes(path, accessed, modified),
};

/** What an atomic write does to those that have the old file open, or another name for it. */
function replace(path: string, bytes: Uint8Array): void {
  const target = node.realpathSync(path);
  const temporary = `${target}.temporary`;
  node.writeFileSync(temporary, bytes);
  node.chmodSync(temporary, node.statSync(target).mode & 0o7777);
  node.renameSync(temporary, target);
}

/** Node follows symbolic links into directories, round in circles if need be; this does not. */
function listNames(folder: string, inside: string, recursive: boolean): string[] {
  const entries = node.readdirSync(join(folder, inside), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(inside, entry.name);
    if (!recursive || !entry.isDirectory()) return [path];
    return [path, ...listNames(folder, path, true)];
  });
}

/** Whether a name is taken, be it by a symbolic link that leads nowhere. */
function isEntry(path: string): boolean {
  const folder = dirname(path);
  if (!node.existsSync(folder) || !node.statSync(folder).isDirectory()) return false;
  return node.readdirSync(folder).includes(basename(path));
}

/** Where Bun has an error code of its own, the one that Node has counts. */
function asInNode<T>(call: () => T, bunCode: string, nodeCode: string): T {
  try {
    return call();
  } catch (error) {
    if ((error as { code?: string }).code !== bunCode) throw error;
    throw Object.assign(new Error(`${bunCode} of Bun`), { code: nodeCode });
  }
}

export const nodeApi: FileApi = {
  async open(path, flag) {
    const fd = node.openSync(path, flag);
    return {
      async read(length, at) {
        if (length === 0) return Buffer.alloc(0);
        const buffer = Buffer.alloc(length);
        const count = node.readSync(fd, buffer, 0, length, at ?? null);
        return buffer.subarray(0, count);
      },
      async write(bytes, at) {
        // Writing nothing is nothing, as with Node's FileHandle.
        if (bytes.byteLength > 0) node.writeSync(fd, bytes, 0, bytes.byteLength, at ?? null);
      },
      truncate: async (length) => node.ftruncateSync(fd, length),
      size: async () => node.fstatSync(fd).size,
      close: async () => node.closeSync(fd),
    };
  },
  readFile: async (path) =>
    asInNode(() => node.readFileSync(path), "ENOMEM", "ERR_FS_FILE_TOO_LARGE"),
  writeFile: async (path, bytes, atomic) => {
    if (atomic && node.existsSync(path) && node.statSync(path).isFile()) replace(path, bytes);
    else node.writeFileSync(path, bytes);
  },
  appendFile: async (path, bytes) => node.appendFileSync(path, bytes),
  truncate: async (path, length) => node.truncateSync(path, length),
  rename: async (from, to) => node.renameSync(from, to),
  unlink: async (path) => node.unlinkSync(path),
  link: async (from, to) => node.linkSync(from, to),
  symlink: async (target, path) => node.symlinkSync(target, path),
  readlink: async (path) => node.readlinkSync(path),
  copyFile: async (from, to, mode) =>
    asInNode(() => node.copyFileSync(from, to, mode), "ENOTSUP", "EISDIR"),
  async mkdir(path, recursive) {
    // Bun has EEXIST for a symbolic link that leads nowhere; Node says what is wrong with it.
    const isThere = recursive && isEntry(path);
    if (isThere) node.statSync(path);
    node.mkdirSync(path, { recursive });
  },
  rm: async (path, recursive, force) =>
    asInNode(() => node.rmSync(path, { recursive, force }), "EFAULT", "ENOTDIR"),
  readdir: async (path, recursive) => listNames(path, "", recursive).toSorted(),
  stat: async (path) => comparable(node.statSync(path)),
  lstat: async (path) => comparable(node.lstatSync(path)),
  exists: async (path) => node.existsSync(path),
  async access(path, mode) {
    node.accessSync(path, mode);
  },
  chmod: async (path, mode) => node.chmodSync(path, mode),
  utimes: async (path, accessed, modified) => node.utimesSync(path, accessed, modified),
};
