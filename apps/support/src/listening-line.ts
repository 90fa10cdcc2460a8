import type { Runtime } from "@bascule/core";
import type { SocketAddress } from "@bascule/net";

/** The line that a server prints as soon as it can be connected to. */
export function listeningLine(address: SocketAddress, { choice }: Runtime): string {
  const reach = choice.driver === "sim" ? "; only this process can connect" : "";
  return `listening on ${addressText(address)} (${choice.driver}: ${choice.reason}${reach})\n`;
}

/** An address as people write it: `127.0.0.1:6142`, `[::1]:6142`, `/run/chat.sock`. */
export function addressText(address: SocketAddress): string {
  if (address.family === "unix") return address.path;
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `${host}:${address.port}`;
}
