import { libc, orErrno } from "./libc.ts";
import { scratch } from "./scratch.ts";

export const IPPROTO_IP = 0;
export const SOL_SOCKET = 1;
export const IPPROTO_TCP = 6;
export const IPPROTO_IPV6 = 41;

export const SO_REUSEADDR = 2;
export const SO_ERROR = 4;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_KEEPALIVE = 9;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
const SO_PEERCRED = 17;

export const TCP_NODELAY = 1;
export const TCP_KEEPIDLE = 4;
export const TCP_KEEPINTVL = 5;
export const TCP_KEEPCNT = 6;

export const IP_TTL = 2;
export const IP_MULTICAST_TTL = 33;
export const IP_MULTICAST_LOOP = 34;

export const IPV6_UNICAST_HOPS = 16;
export const IPV6_MULTICAST_HOPS = 18;
export const IPV6_MULTICAST_LOOP = 19;
export const IPV6_V6ONLY = 26;

const INTEGER_BYTES = 4;
const LINGER_BYTES = 8;
const CREDENTIALS_BYTES = 12;
const LENGTH_AT = 64;

/** Sets an option that is one integer: setsockopt(2), socket(7), tcp(7). */
export function setSocketOption(fd: number, level: number, option: number, value: number): number {
  const { address, words } = scratch();
  words[0] = value;
  return orErrno(libc().setsockopt(fd, level, option, address, INTEGER_BYTES));
}

/**
 * Reads an option that is one non-negative integer: getsockopt(2). `SO_ERROR` reads and clears the
 * error of a socket, as a positive errno.
 */
export function getSocketOption(fd: number, level: number, option: number): number {
  const { address, words } = scratch();
  words[LENGTH_AT / 4] = INTEGER_BYTES;
  const result = orErrno(libc().getsockopt(fd, level, option, address, address + LENGTH_AT));
  return result < 0 ? result : words[0]!;
}

/** Who is at the other end of a Unix socket, as of its connect or listen: unix(7). */
export interface PeerCredentials {
  readonly processId: number;
  readonly userId: number;
  readonly groupId: number;
}

/** Reads `SO_PEERCRED` of a connected Unix socket; `-errno` when there is none. */
export function peerCredentials(fd: number): PeerCredentials | number {
  const { address, words } = scratch();
  words[LENGTH_AT / 4] = CREDENTIALS_BYTES;
  const value = address + LENGTH_AT;
  const result = orErrno(libc().getsockopt(fd, SOL_SOCKET, SO_PEERCRED, address, value));
  if (result < 0) return result;
  return { processId: words[0]!, userId: words[1]! >>> 0, groupId: words[2]! >>> 0 };
}

/** The error that is pending on a socket, which is cleared by that: `-errno`, or 0 for none. */
export function takeSocketError(fd: number): number {
  const result = getSocketOption(fd, SOL_SOCKET, SO_ERROR);
  return result <= 0 ? result : -result;
}

/**
 * Sets `SO_LINGER`. With 0 seconds the next close(2) resets the connection and drops what is
 * unsent; with `null` closing goes on in the background again, as it does by default.
 */
export function setLinger(fd: number, seconds: number | null): number {
  const { address, words } = scratch();
  words[0] = seconds === null ? 0 : 1;
  words[1] = seconds ?? 0;
  return orErrno(libc().setsockopt(fd, SOL_SOCKET, SO_LINGER, address, LINGER_BYTES));
}

/**
 * When to probe a silent peer; what is left out keeps the system's setting. Whole seconds, 1 or
 * more.
 */
export interface KeepAliveOptions {
  readonly idleSeconds?: number;
  readonly intervalSeconds?: number;
  readonly count?: number;
}

/** Turns keep-alive probes on with the given timing, or off with `false`: socket(7), tcp(7). */
export function setKeepAlive(fd: number, options: KeepAliveOptions | false): number {
  if (options === false) return setSocketOption(fd, SOL_SOCKET, SO_KEEPALIVE, 0);
  let result = setSocketOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (result >= 0) result = setTiming(fd, TCP_KEEPIDLE, options.idleSeconds);
  if (result >= 0) result = setTiming(fd, TCP_KEEPINTVL, options.intervalSeconds);
  if (result >= 0) result = setTiming(fd, TCP_KEEPCNT, options.count);
  return result;
}

function setTiming(fd: number, option: number, value: number | undefined): number {
  return value === undefined ? 0 : setSocketOption(fd, IPPROTO_TCP, option, value);
}
