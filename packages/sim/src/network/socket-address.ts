import type { SystemAddress } from "@bascule/core";

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

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
