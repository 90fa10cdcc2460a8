import {
  decodeSocketAddress,
  encodeSocketAddress,
  SOCKET_ADDRESS_BYTES_MAX,
  type SocketAddress,
} from "./address.ts";
import type { DescriptorPair } from "./descriptors.ts";
import { libc, orErrno } from "./libc.ts";
import { scratch } from "./scratch.ts";

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const SHUT_RD = 0;
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;

export const MSG_PEEK = 0x2;
export const MSG_DONTWAIT = 0x40;
export const MSG_WAITALL = 0x100;
export const MSG_NOSIGNAL = 0x4000;
/** Descriptors that come with a message are closed on exec. */
export const MSG_CMSG_CLOEXEC = 0x40000000;

const AF_UNIX = 1;
const LENGTH_AT = 256;
const LENGTH_WORD = LENGTH_AT / 4;

/** A non-blocking socket that is closed on exec: socket(2). Returns the descriptor or `-errno`. */
export function createSocket(family: number, type: number, protocol: number = 0): number {
  return orErrno(libc().socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

/** Two connected non-blocking Unix sockets: socketpair(2); or `-errno`. */
export function createSocketPair(type: number = SOCK_STREAM): DescriptorPair | number {
  const { address, words } = scratch();
  const flags = type | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const result = orErrno(libc().socketpair(AF_UNIX, flags, 0, address));
  return result < 0 ? result : { first: words[0]!, second: words[1]! };
}

/**
 * Gives a socket its local address: bind(2).
 * @throws {TypeError | RangeError} when the address cannot be encoded
 */
export function bindSocket(fd: number, address: SocketAddress): number {
  const { address: base, bytes } = scratch();
  const length = encodeSocketAddress(address, bytes);
  return orErrno(libc().bind(fd, base, length));
}

/** Makes a socket accept connections: listen(2). */
export function listenSocket(fd: number, backlog: number): number {
  return orErrno(libc().listen(fd, backlog));
}

/** The address a socket is bound to: getsockname(2); or `-errno`. */
export function localAddress(fd: number): SocketAddress | number {
  const { address, words } = scratch();
  words[LENGTH_WORD] = SOCKET_ADDRESS_BYTES_MAX;
  return decoded(orErrno(libc().getsockname(fd, address, address + LENGTH_AT)));
}

/** The address of a connected socket's peer: getpeername(2); or `-errno`. */
export function peerAddress(fd: number): SocketAddress | number {
  const { address, words } = scratch();
  words[LENGTH_WORD] = SOCKET_ADDRESS_BYTES_MAX;
  return decoded(orErrno(libc().getpeername(fd, address, address + LENGTH_AT)));
}

/** Ends one or both directions: shutdown(2) with `SHUT_RD`, `SHUT_WR` or `SHUT_RDWR`. */
export function shutdownSocket(fd: number, how: number): number {
  return orErrno(libc().shutdown(fd, how));
}

function decoded(result: number): SocketAddress | number {
  if (result < 0) return result;
  const { bytes, words } = scratch();
  return decodeSocketAddress(bytes, 0, words[LENGTH_WORD]!);
}
