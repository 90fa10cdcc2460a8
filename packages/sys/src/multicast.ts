import { encodeSocketAddress, type InternetAddress } from "./address.ts";
import { libc, orErrno } from "./libc.ts";
import { scratch } from "./scratch.ts";
import { IPPROTO_IP, IPPROTO_IPV6 } from "./socket-options.ts";

const IP_ADD_MEMBERSHIP = 35;
const IP_DROP_MEMBERSHIP = 36;
const IPV6_JOIN_GROUP = 20;
const IPV6_LEAVE_GROUP = 21;

// Addresses are encoded here first, and their parts then put together at the page's beginning.
const GROUP_AT = 256;
const INTERFACE_AT = 384;
// Where `sockaddr_in` and `sockaddr_in6` have the address, and the latter the interface's number.
const INET_AT = 4;
const INET6_AT = 8;
const ZONE_AT = 24;
const INET_MEMBERSHIP_BYTES = 8;
const INET6_MEMBERSHIP_BYTES = 20;

/**
 * Joins or leaves a multicast group: setsockopt(2), ip(7), ipv6(7). The result is 0 or `-errno`.
 *
 * @param group the group's address; its port does not count
 * @param through the interface: one of its addresses for IPv4, any address with its zone for IPv6
 *   (`::%eth0`); null leaves it to the system
 * @throws {TypeError | RangeError} when an address cannot be encoded
 */
export function setMembership(
  fd: number,
  joins: boolean,
  group: InternetAddress,
  through: InternetAddress | null,
): number {
  const { address, bytes } = scratch();
  encodeSocketAddress(group, bytes, GROUP_AT);
  if (through !== null) encodeSocketAddress(through, bytes, INTERFACE_AT);
  if (group.family === "IPv4") {
    bytes.fill(0, 0, INET_MEMBERSHIP_BYTES);
    bytes.copyWithin(0, GROUP_AT + INET_AT, GROUP_AT + INET_AT + 4);
    if (through !== null) bytes.copyWithin(4, INTERFACE_AT + INET_AT, INTERFACE_AT + INET_AT + 4);
    const option = joins ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP;
    return orErrno(libc().setsockopt(fd, IPPROTO_IP, option, address, INET_MEMBERSHIP_BYTES));
  }
  bytes.copyWithin(0, GROUP_AT + INET6_AT, GROUP_AT + INET6_AT + 16);
  const zoneAt = (through === null ? GROUP_AT : INTERFACE_AT) + ZONE_AT;
  bytes.copyWithin(16, zoneAt, zoneAt + 4);
  const option = joins ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP;
  return orErrno(libc().setsockopt(fd, IPPROTO_IPV6, option, address, INET6_MEMBERSHIP_BYTES));
}
