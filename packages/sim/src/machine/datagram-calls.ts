import { type SystemAddress, WOULD_BLOCK } from "@bascule/core";
import type { Memory } from "../driver/memory.ts";
import { EAFNOSUPPORT, EBADF, EINVAL, ENOTCONN, EOPNOTSUPP } from "../errno.ts";
import { Datagrams } from "../network/datagrams.ts";
import { DatagramSocket } from "../network/datagram-socket.ts";
import { AF_INET, AF_INET6, decodeAddress, encodeAddress } from "../network/socket-address.ts";
import type { SocketParts } from "./socket-calls.ts";

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_REUSEPORT = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const POLLIN = 0x1;
const POLLOUT = 0x4;
const MSG_TRUNC = 0x20;

// `struct msghdr` on 64-bit Linux, and the `struct iovec` it points at.
const HEADER_BYTES = 56;
const NAME_LENGTH_AT = 8;
const VECTOR_AT = 16;
const FLAGS_AT = 48;
const VECTOR_BYTES = 16;

/** What a message header says. */
interface Message {
  readonly header: DataView;
  /** Room for an address, or an address; null when there is none. */
  readonly name: Uint8Array | null;
  readonly data: Uint8Array;
}

/** The system calls about UDP sockets, on one host. */
export class DatagramCalls {
  readonly #parts: SocketParts;
  readonly #memory: Memory;
  readonly #datagrams: Datagrams;

  constructor(parts: SocketParts & { readonly memory: Memory }) {
    this.#parts = parts;
    this.#memory = parts.memory;
    this.#datagrams = new Datagrams(parts.world, parts.network);
  }

  createSocket(family: number): number {
    if (family !== AF_INET && family !== AF_INET6) return -EAFNOSUPPORT;
    const { table, onReady } = this.#parts;
    const socket = new DatagramSocket(family === AF_INET6, (ready, direction) => {
      const fd = table.numberOf(ready);
      if (fd >= 0) onReady(fd, direction);
    });
    return table.add(socket, true);
  }

  bind(fd: number, address: SystemAddress): number {
    const socket = this.#at(fd);
    if (typeof socket === "number") return socket;
    if (address.family === "unix") return -EINVAL;
    return this.#datagrams.bind(this.#parts.host, socket, address);
  }

  connect(fd: number, address: SystemAddress | null): number {
    const socket = this.#at(fd);
    if (typeof socket === "number") return socket;
    if (address === null || address.family === "unix") return -EAFNOSUPPORT;
    return this.#datagrams.connect(this.#parts.host, socket, address);
  }

  /** @param at address of a `struct msghdr` */
  send(fd: number, at: number): number {
    const socket = this.#at(fd);
    if (typeof socket === "number") return socket;
    const { name, data } = this.#message(at);
    const to = name === null ? null : decodeAddress(name);
    if (to?.family === "unix") return -EAFNOSUPPORT;
    return this.#datagrams.send(this.#parts.host, socket, data, to);
  }

  receive(fd: number, at: number): number {
    const socket = this.#at(fd);
    if (typeof socket === "number") return socket;
    const error = socket.takeError();
    if (error !== 0) return -error;
    const arrived = socket.take();
    if (arrived === null) return WOULD_BLOCK;
    const { header, name, data } = this.#message(at);
    const byteLength = Math.min(data.byteLength, arrived.bytes.byteLength);
    data.set(arrived.bytes.subarray(0, byteLength));
    if (name !== null) {
      header.setUint32(NAME_LENGTH_AT, encodeAddress(arrived.from, name), true);
    }
    header.setInt32(FLAGS_AT, byteLength < arrived.bytes.byteLength ? MSG_TRUNC : 0, true);
    return byteLength;
  }

  poll(fd: number, events: number): number {
    const socket = this.#at(fd);
    if (typeof socket === "number") return socket;
    const ready = (socket.isReadable ? POLLIN : 0) | POLLOUT;
    return (ready & events) === 0 ? WOULD_BLOCK : ready & events;
  }

  local(fd: number): SystemAddress | number {
    const socket = this.#at(fd);
    if (typeof socket === "number" || socket.local !== null) return ownOf(socket);
    return socket.isSix
      ? { family: "IPv6", address: "::", port: 0 }
      : { family: "IPv4", address: "0.0.0.0", port: 0 };
  }

  remote(fd: number): SystemAddress | number {
    const socket = this.#at(fd);
    return typeof socket === "number" ? socket : (socket.remote ?? -ENOTCONN);
  }

  setOption(fd: number, level: number, option: number, value: number): number {
    const socket = this.#at(fd);
    if (typeof socket === "number") return socket;
    if (level === SOL_SOCKET && option === SO_REUSEADDR) socket.reusesAddress = value !== 0;
    if (level === SOL_SOCKET && option === SO_REUSEPORT) socket.reusesPort = value !== 0;
    if (level === IPPROTO_IPV6 && option === IPV6_V6ONLY) socket.isSixOnly = value !== 0;
    return 0;
  }

  /** The descriptor is gone already. */
  close(socket: DatagramSocket): void {
    this.#parts.host.datagramPorts.release(socket);
    socket.close();
  }

  #at(fd: number): DatagramSocket | number {
    const entry = this.#parts.table.get(fd);
    if (entry === null) return -EBADF;
    return entry instanceof DatagramSocket ? entry : -EOPNOTSUPP;
  }

  #message(at: number): Message {
    const header = viewOf(this.#memory.view(at, HEADER_BYTES));
    const nameAt = Number(header.getBigUint64(0, true));
    const nameBytes = header.getUint32(NAME_LENGTH_AT, true);
    const vectorAt = Number(header.getBigUint64(VECTOR_AT, true));
    const vector = viewOf(this.#memory.view(vectorAt, VECTOR_BYTES));
    const dataAt = Number(vector.getBigUint64(0, true));
    const byteLength = Number(vector.getBigUint64(8, true));
    return {
      header,
      name: nameAt === 0 ? null : this.#memory.view(nameAt, nameBytes),
      data: this.#memory.view(dataAt, byteLength),
    };
  }
}

function ownOf(socket: DatagramSocket | number): SystemAddress | number {
  return typeof socket === "number" ? socket : (socket.local ?? -EINVAL);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
