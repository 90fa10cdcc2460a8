import type { SystemAddress } from "@bascule/core";

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

const INET_BYTES = 16;
const INET6_BYTES = 28;

const decoder = new TextDecoder();

/** Reads `struct sockaddr_in`, `sockaddr_in6` or `sockaddr_un`; null for anything else. */
export function decodeAddress(bytes: Uint8Array): SystemAddress | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = view.getUint16(0, true);
  if (family === AF_UNIX) {
    const path = bytes.subarray(2);
    const end = path[0] === 0 ? -1 : path.indexOf(0);
    return { family: "unix", path: decoder.decode(end < 0 ? path : path.subarray(0, end)) };
  }
  if (family === AF_INET) {
    const address = bytes.subarray(4, 8).join(".");
    return { family: "IPv4", address, port: view.getUint16(2) };
  }
  if (family !== AF_INET6) return null;
  return { family: "IPv6", address: inet6Text(view), port: view.getUint16(2) };
}

/**
 * Writes an internet address as `struct sockaddr_in` or `sockaddr_in6`.
 * @returns its length
 */
export function encodeAddress(
  { family, address, port }: Extract<SystemAddress, { port: number }>,
  target: Uint8Array,
): number {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  const byteLength = family === "IPv4" ? INET_BYTES : INET6_BYTES;
  target.fill(0, 0, byteLength);
  view.setUint16(0, family === "IPv4" ? AF_INET : AF_INET6, true);
  view.setUint16(2, port);
  if (family === "IPv4") target.set(address.split(".").map(Number), 4);
  else
    for (const [index, group] of groupsOf(address).entries()) view.setUint16(8 + 2 * index, group);
  return byteLength;
}

/** An address that stands for all of a host's. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** An IPv4 address in IPv6's clothes: `::ffff:10.0.0.1`. */
export function unmapped(address: string): string {
  return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
}

/** RFC 5952: the longest run of two or more zero groups becomes `::`. */
function inet6Text(view: DataView): string {
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(8 + 2 * index));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${[20, 21, 22, 23].map((at) => view.getUint8(at)).join(".")}`;
  }
  let [start, length] = [-1, 1];
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (groups[to] === 0) to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  const text = (part: number[]): string => part.map((group) => group.toString(16)).join(":");
  if (start < 0) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** The eight groups of an IPv6 address, which `::` shortens; the last two may be IPv4's. */
function groupsOf(address: string): number[] {
  const [before = "", after] = address.split("::");
  const first = partsOf(before);
  if (after === undefined) return first;
  const last = partsOf(after);
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

function partsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return [Number.parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
