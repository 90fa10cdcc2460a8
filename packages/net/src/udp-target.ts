import type { InternetAddress } from "@bascule/sys";
import { checkPort } from "./arguments.ts";
import { known } from "./resolve.ts";

/** Where a datagram goes: an address as datagrams and sockets have it, or a host's name. */
export interface UdpTarget {
  readonly port: number;
  /** An IP address. */
  readonly address?: string;
  /** A name or an IP address, where there is no `address`; 127.0.0.1. */
  readonly hostname?: string;
}

/** What of a socket says which addresses it can send to. */
export interface Reach {
  readonly family: "IPv4" | "IPv6";
  /** A socket of IPv6 that takes no IPv4. */
  readonly isIpv6Only: boolean;
}

/**
 * The host of a target.
 * @throws TypeError when it is no target, RangeError for a bad port
 */
export function hostOf(to: UdpTarget): string {
  if (typeof to !== "object" || to === null) {
    throw new TypeError(`Cannot send to "${String(to)}": pass an object with port and hostname`);
  }
  checkPort(to.port, 1);
  return to.address ?? to.hostname ?? "127.0.0.1";
}

/** The address of a target that needs no look-up; null when it needs one. */
export function directly(to: UdpTarget, reach: Reach): InternetAddress | null {
  const hostname = hostOf(to);
  const found = known(hostname, to.port);
  return found === null ? null : pick(found, hostname, reach);
}

/**
 * Of a host's addresses the first that the socket can send to; IPv4 in IPv6's clothes
 * (`::ffff:127.0.0.1`) only where there is no other.
 * @throws TypeError when there is none
 */
export function pick(
  found: readonly InternetAddress[],
  hostname: string,
  { family, isIpv6Only }: Reach,
): InternetAddress {
  const own = found.find((each) => each.family === family);
  if (own !== undefined) return own;
  const other = found[0];
  if (family === "IPv4" || isIpv6Only || other === undefined) {
    throw new TypeError(
      `Cannot send to "${hostname}": it has no ${family} address, and the socket has no other`,
    );
  }
  return { family, address: `::ffff:${other.address}`, port: other.port };
}
