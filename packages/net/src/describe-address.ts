import type { SocketAddress } from "@bascule/sys";

/** An address as one would type it: `127.0.0.1:7007`, `[::1]:7007`, a path, `@abstract`. */
export function describeAddress(address: SocketAddress): string {
  if (address.family === "unix") {
    if (address.path === "") return "(unnamed)";
    return address.path.startsWith("\0") ? `@${address.path.slice(1)}` : address.path;
  }
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `${host}:${address.port}`;
}
