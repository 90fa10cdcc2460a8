import { type SystemAddress, WOULD_BLOCK } from "@bascule/core";
import {
  EADDRINUSE,
  EBADF,
  ECONNABORTED,
  EINVAL,
  EMFILE,
  ENOTCONN,
  ENOTSOCK,
  EOPNOTSUPP,
} from "../errno.ts";
import { S_IFSOCK, type Node } from "../files/node.ts";
import type { End } from "../network/end.ts";
import type { Network, NetworkHost } from "../network/network.ts";
import { AF_INET, AF_INET6, AF_UNIX } from "../network/socket-address.ts";
import { type Direction, Socket } from "../network/socket.ts";
import type { WorldState } from "../world-state.ts";
import type { DescriptorTable } from "./descriptor-table.ts";
import type { PathCalls } from "./path-calls.ts";

const UNIX_PATH_BYTES_MAX = 107;
const SOL_SOCKET = 1;
const SO_REUSEPORT = 15;
const SHUT_RD = 0;
const SHUT_WR = 1;
const POLLIN = 0x1;
const POLLOUT = 0x4;

/** What the calls about sockets work with. */
export interface SocketParts {
  readonly world: WorldState;
  readonly host: NetworkHost;
  readonly network: Network;
  readonly table: DescriptorTable;
  readonly paths: PathCalls;
  readonly onReady: (fd: number, direction: Direction) => void;
}

/** The system calls about sockets, on one host. */
export class SocketCalls {
  readonly #parts: SocketParts;
  /** Unix sockets by their file, or by their abstract name. */
  readonly #unix: Map<Node | string, Socket> = new Map();

  constructor(parts: SocketParts) {
    this.#parts = parts;
  }

  createSocket(family: number): number {
    if (family !== AF_INET && family !== AF_INET6 && family !== AF_UNIX) return -EOPNOTSUPP;
    return this.#parts.table.add(this.#make(family), true);
  }

  bind(fd: number, address: SystemAddress): number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    const { host, network, paths } = this.#parts;
    if (address.family !== "unix") return network.bind(host, socket, address);
    if (socket.local !== null) return -EINVAL;
    checkPath(address.path);
    const key = address.path.startsWith("\0")
      ? address.path
      : paths.makeSocketFile(address.path, S_IFSOCK | 0o755);
    if (typeof key === "number") return key;
    if (typeof key === "string" && this.#unix.get(key)?.isClosed === false) return -EADDRINUSE;
    this.#unix.set(key, socket);
    socket.local = address;
    return 0;
  }

  listen(fd: number, backlog: number): number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    const { host } = this.#parts;
    const { local } = socket;
    if (local !== null && local.family !== "unix") {
      if (host.ports.isTaken(local.address, local.port, socket.reusesPort)) return -EADDRINUSE;
    }
    socket.queue ??= [];
    socket.backlog = backlog;
    return 0;
  }

  accept(fd: number): number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    if (socket.queue === null) return -EINVAL;
    if (socket.queue.length === 0) return WOULD_BLOCK;
    const { choices, faults } = this.#parts.world;
    if (!this.#parts.table.hasRoom) return -EMFILE;
    const incoming = socket.queue.shift();
    if (incoming === undefined) return WOULD_BLOCK;
    if (choices.chance(faults.abortedAccepts)) {
      incoming.end.break();
      return -ECONNABORTED;
    }
    const accepted = this.#make(socket.family);
    const result = this.#parts.table.add(accepted, true);
    accepted.adopt(incoming);
    return result;
  }

  connect(fd: number, address: SystemAddress | null): number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    if (address === null) return -EINVAL;
    const { host, network, paths } = this.#parts;
    if (address.family !== "unix") return network.connect(host, socket, address);
    const { path } = address;
    const key = path.startsWith("\0") ? path : paths.findSocketFile(path);
    if (typeof key === "number") return key;
    return network.connectUnix(host, socket, this.#unix.get(key) ?? null);
  }

  receive(fd: number, target: Uint8Array): number {
    const end = this.#endAt(fd);
    if (typeof end === "number") return end;
    return end.receive(target);
  }

  send(fd: number, bytes: Uint8Array): number {
    const end = this.#endAt(fd);
    if (typeof end === "number") return end;
    const { host, world } = this.#parts;
    if (end.isConnected && world.choices.chance(world.faults.resets)) {
      world.note(host.name, "break", `connection of descriptor ${fd}`);
      end.break();
    }
    return end.send(bytes);
  }

  shutdown(fd: number, how: number): number {
    const end = this.#endAt(fd);
    if (typeof end === "number") return end;
    if (!end.isConnected) return -ENOTCONN;
    if (how !== SHUT_RD) end.shutdownWrite();
    if (how !== SHUT_WR) end.shutdownRead();
    return 0;
  }

  poll(fd: number, events: number): number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    const ready = (socket.isReadable ? POLLIN : 0) | (socket.isWritable ? POLLOUT : 0);
    return (ready & events) === 0 ? WOULD_BLOCK : ready & events;
  }

  local(fd: number): SystemAddress | number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    if (socket.local !== null) return socket.local;
    if (socket.family === AF_UNIX) return { family: "unix", path: "" };
    const family = socket.family === AF_INET ? "IPv4" : "IPv6";
    return { family, address: family === "IPv4" ? "0.0.0.0" : "::", port: 0 };
  }

  remote(fd: number): SystemAddress | number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    const { stream } = socket;
    if (typeof stream === "number" || !stream.isConnected) return -ENOTCONN;
    return socket.remote ?? -ENOTCONN;
  }

  setOption(fd: number, level: number, option: number, value: number): number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    if (level === SOL_SOCKET && option === SO_REUSEPORT) socket.reusesPort = value !== 0;
    socket.options.set(level * 65_536 + option, value);
    return 0;
  }

  setLinger(fd: number, seconds: number | null): number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    socket.resetsOnClose = seconds === 0;
    return 0;
  }

  /** The descriptor is gone already. */
  close(socket: Socket): void {
    this.#parts.host.ports.release(socket);
    socket.close();
  }

  /** The socket of a descriptor, or `-errno`. */
  socketAt(fd: number): Socket | number {
    const entry = this.#parts.table.get(fd);
    if (entry === null) return -EBADF;
    return entry instanceof Socket ? entry : -ENOTSOCK;
  }

  #endAt(fd: number): End | number {
    const socket = this.socketAt(fd);
    return typeof socket === "number" ? socket : socket.stream;
  }

  #make(family: number): Socket {
    const { table, onReady } = this.#parts;
    return new Socket(family, (socket, direction) => {
      const fd = table.numberOf(socket);
      if (fd >= 0) onReady(fd, direction);
    });
  }
}

/** Where the system encodes the address of a real socket, it throws the same. */
function checkPath(path: string): void {
  const byteLength = Buffer.byteLength(path);
  if (byteLength <= UNIX_PATH_BYTES_MAX) return;
  throw new RangeError(
    `Cannot encode a socket address: the path has ${byteLength} bytes, ` +
      `the limit is ${UNIX_PATH_BYTES_MAX}: ${JSON.stringify(path)}`,
  );
}
