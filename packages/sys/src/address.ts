import { libc } from "./libc.ts";
import { scratch, scratchText } from "./scratch.ts";

/** An IP address in text with its port, or the path of a Unix socket. */
export type SocketAddress = InternetAddress | UnixAddress;

/** IPv6 addresses may carry a zone: `fe80::1%eth0`, `fe80::1%2`. */
export interface InternetAddress {
  readonly family: "IPv4" | "IPv6";
  readonly address: string;
  readonly port: number;
}

/**
 * `path` is a file's path, or `"\0name"` for a name in Linux's abstract namespace, or `""` for a
 * socket that is not bound to a name. See unix(7).
 */
export interface UnixAddress {
  readonly family: "unix";
  readonly path: string;
}

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

/** Room enough for any address this package encodes or decodes: `struct sockaddr_storage`. */
export const SOCKET_ADDRESS_BYTES_MAX = 128;

const INET_BYTES = 16;
const INET6_BYTES = 28;
const UNIX_PATH_AT = 2;
const UNIX_PATH_BYTES_MAX = 108;
// Offsets in the scratch page, behind the structure that a caller may be building at its beginning.
const TEXT_AT = 1024;
const BINARY_AT = 2048;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The kernel's number for the family of an address: `AF_INET`, `AF_INET6` or `AF_UNIX`. */
export function familyNumber(address: SocketAddress): number {
  if (address.family === "unix") return AF_UNIX;
  return address.family === "IPv4" ? AF_INET : AF_INET6;
}

/**
 * Writes `struct sockaddr_in`, `sockaddr_in6` or `sockaddr_un` at `offset` of `target`, which needs
 * room for {@link SOCKET_ADDRESS_BYTES_MAX} bytes.
 *
 * @returns the length in bytes to give to connect(2) or bind(2)
 * @throws {TypeError} when the address is not an IP address of its family, or a path holds a null
 *   byte
 * @throws {RangeError} when the port is not 0 to 65535, a path is too long, or a zone does not
 *   exist
 */
export function encodeSocketAddress(
  address: SocketAddress,
  target: Uint8Array,
  offset: number = 0,
): number {
  if (target.byteLength - offset < SOCKET_ADDRESS_BYTES_MAX) {
    throw new RangeError(`Cannot encode a socket address: it needs room for 128 bytes`);
  }
  switch (address.family) {
    case "unix":
      return encodeUnix(address.path, target, offset);
    case "IPv4":
      return encodeInet(address, target, offset);
    case "IPv6":
      return encodeInet6(address, target, offset);
    default:
      throw new TypeError(`Cannot encode a socket address: unknown family: ${quoted(address)}`);
  }
}

/**
 * Reads the address of `length` bytes at `offset` of `source`, as the kernel wrote it.
 * @throws {RangeError} when the family is none of IPv4, IPv6 and Unix, or the length does not fit
 *   it
 */
export function decodeSocketAddress(
  source: Uint8Array,
  offset: number,
  length: number,
): SocketAddress {
  const family = length < 2 ? 0 : source[offset]! | (source[offset + 1]! << 8);
  if (family === AF_UNIX) return decodeUnix(source.subarray(offset, offset + length));
  if (family === AF_INET && length >= INET_BYTES) {
    const text = source.subarray(offset + 4, offset + 8).join(".");
    return { family: "IPv4", address: text, port: portAt(source, offset) };
  }
  if (family === AF_INET6 && length >= INET6_BYTES) {
    return { family: "IPv6", address: inet6Text(source, offset), port: portAt(source, offset) };
  }
  throw new RangeError(
    `Cannot decode a socket address: family ${family} with a length of ${length} bytes`,
  );
}

function encodeInet(address: InternetAddress, target: Uint8Array, offset: number): number {
  target.fill(0, offset, offset + INET_BYTES);
  encodeHeader(AF_INET, address, target, offset);
  copyBinary(AF_INET, address.address, address, target, offset + 4, 4);
  return INET_BYTES;
}

function encodeInet6(address: InternetAddress, target: Uint8Array, offset: number): number {
  const text = address.address;
  if (typeof text !== "string") throw notAnAddress(address);
  const percent = text.indexOf("%");
  target.fill(0, offset, offset + INET6_BYTES);
  encodeHeader(AF_INET6, address, target, offset);
  const bare = percent < 0 ? text : text.slice(0, percent);
  copyBinary(AF_INET6, bare, address, target, offset + 8, 16);
  if (percent >= 0) {
    const zone = zoneIndex(text.slice(percent + 1), address);
    for (let index = 0; index < 4; index++) target[offset + 24 + index] = zone >>> (index * 8);
  }
  return INET6_BYTES;
}

function encodeHeader(
  family: number,
  address: InternetAddress,
  target: Uint8Array,
  offset: number,
): void {
  const { port } = address;
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(
      `Cannot encode a socket address: port must be 0 to 65535: ${quoted(port)}`,
    );
  }
  target[offset] = family;
  target[offset + 2] = port >>> 8;
  target[offset + 3] = port;
}

function copyBinary(
  family: number,
  text: string,
  address: InternetAddress,
  target: Uint8Array,
  offset: number,
  byteLength: number,
): void {
  const { bytes, address: base } = scratch();
  // The longest valid text has 45 characters; a null byte would end the text early unnoticed.
  const plausible = typeof text === "string" && text.length < 64 && !text.includes("\0");
  if (!plausible || libc().inet_pton(family, scratchText(text, TEXT_AT), base + BINARY_AT) !== 1) {
    throw notAnAddress(address);
  }
  for (let index = 0; index < byteLength; index++) {
    target[offset + index] = bytes[BINARY_AT + index]!;
  }
}

function notAnAddress(address: InternetAddress): TypeError {
  const { family, address: text } = address;
  return new TypeError(`Cannot encode a socket address: not an ${family} address: ${quoted(text)}`);
}

function zoneIndex(zone: string, address: InternetAddress): number {
  const numeric = /^[0-9]{1,10}$/.test(zone) ? Number(zone) : 0;
  const named = zone.length > 0 && zone.length < 16 && !zone.includes("\0");
  const index = numeric > 0 || !named ? numeric : libc().if_nametoindex(scratchText(zone, TEXT_AT));
  if (index < 1 || index > 0xffffffff) {
    const text = quoted(address.address);
    throw new RangeError(
      `Cannot encode a socket address: no network interface for the zone: ${text}`,
    );
  }
  return index;
}

function inet6Text(source: Uint8Array, offset: number): string {
  const { address, bytes } = scratch();
  for (let index = 0; index < 16; index++) {
    bytes[BINARY_AT + index] = source[offset + 8 + index]!;
  }
  libc().inet_ntop(AF_INET6, address + BINARY_AT, address + TEXT_AT, 64);
  const text = textAt(bytes, TEXT_AT);
  let zone = 0;
  for (let index = 3; index >= 0; index--) zone = zone * 256 + source[offset + 24 + index]!;
  if (zone === 0) return text;
  const found = libc().if_indextoname(zone, address + TEXT_AT) !== 0;
  return `${text}%${found ? textAt(bytes, TEXT_AT) : zone}`;
}

function portAt(source: Uint8Array, offset: number): number {
  return (source[offset + 2]! << 8) | source[offset + 3]!;
}

function textAt(bytes: Uint8Array, offset: number): string {
  return decoder.decode(bytes.subarray(offset, bytes.indexOf(0, offset)));
}

function encodeUnix(path: string, target: Uint8Array, offset: number): number {
  if (typeof path !== "string" || !path.isWellFormed()) {
    throw new TypeError(`Cannot encode a socket address: not a path: ${quoted(path)}`);
  }
  const abstract = path.startsWith("\0");
  if (!abstract && path.includes("\0")) {
    throw new TypeError(`Cannot encode a socket address: null byte in the path: ${quoted(path)}`);
  }
  const encoded = encoder.encode(path);
  const limit = abstract ? UNIX_PATH_BYTES_MAX : UNIX_PATH_BYTES_MAX - 1;
  if (encoded.byteLength > limit) {
    throw new RangeError(
      `Cannot encode a socket address: the path has ${encoded.byteLength} bytes, ` +
        `the limit is ${limit}: ${quoted(path)}`,
    );
  }
  target.fill(0, offset, offset + UNIX_PATH_AT + UNIX_PATH_BYTES_MAX);
  target[offset] = AF_UNIX;
  target.set(encoded, offset + UNIX_PATH_AT);
  if (encoded.byteLength === 0 || abstract) return UNIX_PATH_AT + encoded.byteLength;
  return UNIX_PATH_AT + encoded.byteLength + 1;
}

function decodeUnix(source: Uint8Array): UnixAddress {
  const path = source.subarray(UNIX_PATH_AT);
  const end = path[0] === 0 ? -1 : path.indexOf(0);
  return { family: "unix", path: decoder.decode(end < 0 ? path : path.subarray(0, end)) };
}

function quoted(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
