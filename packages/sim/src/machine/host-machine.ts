import type { Machine, OperationFrame, OperationKind, System, SystemAddress } from "@bascule/core";
import { WOULD_BLOCK } from "@bascule/core";
import type { Memory } from "../driver/memory.ts";
import { EBADF, EINVAL, EOPNOTSUPP, resultText } from "../errno.ts";
import { DatagramSocket } from "../network/datagram-socket.ts";
import type { Network, NetworkHost } from "../network/network.ts";
import { decodeAddress } from "../network/socket-address.ts";
import { type Direction, Socket } from "../network/socket.ts";
import type { FileSystem } from "../files/file-system.ts";
import { pathText } from "../files/path-text.ts";
import type { WorldState } from "../world-state.ts";
import { DatagramCalls } from "./datagram-calls.ts";
import { DescriptorTable } from "./descriptor-table.ts";
import { FileCalls } from "./file-calls.ts";
import { OpenFile } from "./open-file.ts";
import { PathCalls, toBytes } from "./path-calls.ts";
import { SocketCalls } from "./socket-calls.ts";

const AT_FDCWD = -100;
const SOCK_DGRAM = 2;

/** What a machine is made of. */
export interface MachineParts {
  readonly world: WorldState;
  readonly host: NetworkHost;
  readonly network: Network;
  readonly files: FileSystem;
  readonly memory: Memory;
  /** How many descriptors may be open at once. */
  readonly descriptorsMax: number;
  readonly diskBytes: number;
  /** Told that a descriptor may have become ready. */
  readonly onReady: (fd: number, direction: Direction) => void;
}

/**
 * The kernel of one simulated host, from its start to its crash: it takes the calls that operations
 * make, with addresses, and those that `net` and `fs` make at once.
 */
export class HostMachine implements Machine, System {
  readonly table: DescriptorTable;
  readonly #hostName: string;
  readonly #world: WorldState;
  readonly #network: Network;
  readonly #memory: Memory;
  readonly #sockets: SocketCalls;
  readonly #datagrams: DatagramCalls;
  readonly #paths: PathCalls;
  readonly #files: FileCalls;
  readonly #flags: Map<Socket | DatagramSocket, number> = new Map();

  constructor(parts: MachineParts) {
    const { world, files, descriptorsMax, diskBytes } = parts;
    const table = new DescriptorTable(descriptorsMax);
    this.table = table;
    this.#hostName = parts.host.name;
    this.#world = world;
    this.#network = parts.network;
    this.#memory = parts.memory;
    this.#paths = new PathCalls(world, files, table);
    this.#files = new FileCalls(world, table, this.#paths, diskBytes);
    const socketParts = { ...parts, table, paths: this.#paths };
    this.#sockets = new SocketCalls(socketParts);
    this.#datagrams = new DatagramCalls(socketParts);
  }

  // Calls that operations make.

  accept(fd: number): number {
    return this.#sockets.accept(fd);
  }

  connect(fd: number, address: number, length: number): number {
    return this.#callsFor(fd).connect(fd, decodeAddress(this.#memory.view(address, length)));
  }

  recv(fd: number, address: number, length: number): number {
    return this.#sockets.receive(fd, this.#memory.view(address, this.#shorten(length)));
  }

  send(fd: number, address: number, length: number): number {
    return this.#sockets.send(fd, this.#memory.view(address, this.#shorten(length)));
  }

  receiveMessage(fd: number, header: number): number {
    return this.#datagrams.receive(fd, header);
  }

  sendMessage(fd: number, header: number): number {
    return this.#datagrams.send(fd, header);
  }

  shutdown(fd: number, how: number): number {
    return this.#sockets.shutdown(fd, how);
  }

  close(fd: number): number {
    return this.closeDescriptor(fd);
  }

  poll(fd: number, events: number): number {
    return this.table.get(fd) instanceof OpenFile ? events : this.#callsFor(fd).poll(fd, events);
  }

  read(fd: number, address: number, length: number, at: number): number {
    const target = this.#memory.view(address, this.#shorten(length));
    if (this.table.get(fd) instanceof Socket) return this.#sockets.receive(fd, target);
    return this.#told("read", this.nameOf(fd), this.#files.read(fd, target, at));
  }

  write(fd: number, address: number, length: number, at: number): number {
    const bytes = this.#memory.view(address, this.#shorten(length));
    if (this.table.get(fd) instanceof Socket) return this.#sockets.send(fd, bytes);
    return this.#told("write", this.nameOf(fd), this.#files.write(fd, bytes, at));
  }

  open(folder: number, path: number, flags: number, mode: number): number {
    const name = this.#text(path);
    return this.#toldOf("open", folder, name, this.#files.open(folder, name, flags, mode));
  }

  stat(folder: number, path: number, flags: number, _mask: number, target: number): number {
    const name = this.#text(path);
    const status = this.#memory.view(target, 256);
    return this.#toldOf("stat", folder, name, this.#paths.stat(folder, name, flags, status));
  }

  access(folder: number, path: number, mode: number, flags: number): number {
    const name = this.#text(path);
    return this.#toldOf("access", folder, name, this.#paths.access(folder, name, mode, flags));
  }

  chmod(folder: number, path: number, mode: number): number {
    const name = this.#text(path);
    return this.#toldOf("chmod", folder, name, this.#paths.chmod(folder, name, mode));
  }

  chown(folder: number, path: number, user: number, group: number): number {
    const name = this.#text(path);
    return this.#toldOf("chown", folder, name, this.#paths.chown(folder, name, user, group));
  }

  utimes(folder: number, path: number, times: number, flags: number): number {
    const name = this.#text(path);
    const both = this.#memory.view(times, 32);
    return this.#toldOf("utime", folder, name, this.#paths.utimes(folder, name, both, flags));
  }

  copyRange(source: number, target: number, length: number, positions: number): number {
    if (positions !== 0) return -EINVAL;
    const names = `${this.nameOf(source)} to ${this.nameOf(target)}`;
    return this.#told("copy", names, this.#files.copyRange(source, target, length));
  }

  seek(fd: number, offset: number, whence: number): number {
    return this.#told("seek", this.nameOf(fd), this.#files.seek(fd, offset, whence));
  }

  fallocate(fd: number, mode: number, at: number, length: number): number {
    const result = this.#files.fallocate(fd, mode, at, length);
    return this.#told("fallocate", this.nameOf(fd), result);
  }

  fsync(fd: number): number {
    return this.#told("fsync", this.nameOf(fd), this.#files.fsync(fd));
  }

  truncate(fd: number, length: number): number {
    const subject = `${this.nameOf(fd)} to ${length}`;
    return this.#told("truncate", subject, this.#files.truncate(fd, length));
  }

  readDirectory(fd: number, address: number, length: number): number {
    const target = this.#memory.view(address, length);
    return this.#told("scandir", this.nameOf(fd), this.#files.readDirectory(fd, target));
  }

  readlink(folder: number, path: number, address: number, length: number): number {
    const name = this.#text(path);
    const target = this.#memory.view(address, length);
    return this.#toldOf("readlink", folder, name, this.#paths.readlink(folder, name, target));
  }

  mkdir(folder: number, path: number, mode: number): number {
    const name = this.#text(path);
    return this.#toldOf("mkdir", folder, name, this.#paths.mkdir(folder, name, mode));
  }

  unlink(folder: number, path: number, flags: number): number {
    const name = this.#text(path);
    return this.#toldOf("unlink", folder, name, this.#paths.unlink(folder, name, flags));
  }

  symlink(target: number, folder: number, path: number): number {
    const name = this.#text(path);
    const result = this.#paths.symlink(this.#text(target), folder, name);
    return this.#toldOf("symlink", folder, name, result);
  }

  link(folder: number, path: number, newFolder: number, newPath: number, flags: number): number {
    const [from, to] = [this.#text(path), this.#text(newPath)];
    const names = `${this.#nameAt(folder, from)} to ${this.#nameAt(newFolder, to)}`;
    return this.#told("link", names, this.#paths.link(folder, from, newFolder, to, flags));
  }

  rename(folder: number, path: number, newFolder: number, newPath: number, flags: number): number {
    const [from, to] = [this.#text(path), this.#text(newPath)];
    const names = `${this.#nameAt(folder, from)} to ${this.#nameAt(newFolder, to)}`;
    return this.#told("rename", names, this.#paths.rename(folder, from, newFolder, to, flags));
  }

  // Calls that are made at once.

  createSocket(family: number, type: number): number {
    if (type === SOCK_DGRAM) return this.#datagrams.createSocket(family);
    return this.#sockets.createSocket(family);
  }

  bindSocket(fd: number, address: SystemAddress): number {
    return this.#callsFor(fd).bind(fd, address);
  }

  listenSocket(fd: number, backlog: number): number {
    return this.#sockets.listen(fd, backlog);
  }

  localAddress(fd: number): SystemAddress | number {
    return this.#callsFor(fd).local(fd);
  }

  peerAddress(fd: number): SystemAddress | number {
    return this.#callsFor(fd).remote(fd);
  }

  shutdownSocket(fd: number, how: number): number {
    return this.#sockets.shutdown(fd, how);
  }

  setSocketOption(fd: number, level: number, option: number, value: number): number {
    return this.#callsFor(fd).setOption(fd, level, option, value);
  }

  setMembership(): number {
    return -EOPNOTSUPP;
  }

  setKeepAlive(fd: number): number {
    const socket = this.#sockets.socketAt(fd);
    return typeof socket === "number" ? socket : 0;
  }

  setLinger(fd: number, seconds: number | null): number {
    return this.#sockets.setLinger(fd, seconds);
  }

  closeDescriptor(fd: number): number {
    const entry = this.table.remove(fd);
    if (entry === null) return -EBADF;
    if (entry instanceof Socket) {
      this.#flags.delete(entry);
      this.#sockets.close(entry);
    } else if (entry instanceof DatagramSocket) {
      this.#flags.delete(entry);
      this.#datagrams.close(entry);
    } else this.#files.close(entry);
    return 0;
  }

  statusFlags(fd: number): number {
    const entry = this.table.get(fd);
    if (entry === null) return -EBADF;
    return entry instanceof OpenFile ? entry.flags : (this.#flags.get(entry) ?? 0);
  }

  setStatusFlags(fd: number, flags: number): number {
    const entry = this.table.get(fd);
    if (entry === null) return -EBADF;
    if (entry instanceof OpenFile) entry.flags = flags;
    else this.#flags.set(entry, flags);
    return 0;
  }

  movePosition(fd: number, by: number): number {
    return this.#files.movePosition(fd, by);
  }

  addressOf(buffer: ArrayBuffer): number {
    return this.#memory.addressOf(buffer);
  }

  /** What is not certain to be in memory may have to wait for the disk. */
  attempt(kind: OperationKind, frame: OperationFrame): number {
    if (!kind.attemptsFirst && this.#world.choices.choose(2) === 1) return WOULD_BLOCK;
    return kind.simulate(this, frame);
  }

  async lookup(hostname: string): Promise<readonly { address: string; family: number }[]> {
    const address = this.#network.lookup(hostname);
    if (address !== null) return [{ address, family: 4 }];
    throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" });
  }

  setFileMode(path: string, mode: number): void {
    check("chmod", path, this.#paths.chmod(AT_FDCWD, toBytes(path), mode));
  }

  removeFile(path: string): void {
    check("unlink", path, this.#paths.unlink(AT_FDCWD, toBytes(path), 0));
  }

  socketFile(path: string): string | null {
    const inode = this.#paths.socketInode(path);
    check("lstat", path, inode);
    return inode === 0 ? null : `${inode}`;
  }

  /** The path that a descriptor was opened by, for the trace; empty when it is no file's. */
  nameOf(fd: number): string {
    const entry = this.table.get(fd);
    return entry instanceof OpenFile ? pathText(entry.path) : "";
  }

  /** The host crashes: its sockets are gone without a word. */
  vanish(): void {
    for (const socket of this.table.sockets()) socket.vanish();
  }

  #callsFor(fd: number): SocketCalls | DatagramCalls {
    return this.table.get(fd) instanceof DatagramSocket ? this.#datagrams : this.#sockets;
  }

  #shorten(length: number): number {
    const { choices, faults } = this.#world;
    if (length < 2 || !choices.chance(faults.shortCounts)) return length;
    return length - choices.choose(length);
  }

  #nameAt(folder: number, path: string): string {
    const entry = path.startsWith("/") ? null : this.table.get(folder);
    if (!(entry instanceof OpenFile)) return pathText(path);
    return pathText(path === "" ? entry.path : `${entry.path}/${path}`);
  }

  /** Has the trace say what a call about files did, also where the program never waited for it. */
  #told(call: string, subject: string, result: number): number {
    this.#world.note(this.#hostName, call, subject, result);
    return result;
  }

  #toldOf(call: string, folder: number, path: string, result: number): number {
    return this.#told(call, this.#nameAt(folder, path), result);
  }

  /** A path; none is empty. */
  #text(address: number): string {
    if (address === 0) return "";
    return Buffer.from(this.#memory.text(address)).toString("latin1");
  }
}

function check(syscall: string, path: string, result: number): void {
  if (result >= 0) return;
  const code = resultText(result);
  const error = new Error(`${code}: simulated failure, ${syscall} '${path}'`);
  throw Object.assign(error, { code, errno: result, syscall, path });
}
