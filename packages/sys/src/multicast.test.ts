import { expect, test } from "bun:test";
import { nameOf, Resources } from "../test/sockets.ts";
import { AF_INET, AF_INET6, type InternetAddress } from "./address.ts";
import { setMembership } from "./multicast.ts";
import { createSocket, SOCK_DGRAM } from "./sockets.ts";

function inet(address: string): InternetAddress {
  return { family: "IPv4", address, port: 0 };
}

function inet6(address: string): InternetAddress {
  return { family: "IPv6", address, port: 0 };
}

test("a group is joined once, and left once", () => {
  using resources = new Resources();
  const fd = resources.descriptor(createSocket(AF_INET, SOCK_DGRAM));
  const [group, through] = [inet("239.7.7.7"), inet("127.0.0.1")];
  expect(setMembership(fd, true, group, through)).toBe(0);
  expect(nameOf(setMembership(fd, true, group, through))).toBe("EADDRINUSE");
  expect(setMembership(fd, false, group, through)).toBe(0);
  expect(nameOf(setMembership(fd, false, group, through))).toBe("EADDRNOTAVAIL");
});

test("an interface that is not there is refused, and so is what is no group", () => {
  using resources = new Resources();
  const fd = resources.descriptor(createSocket(AF_INET, SOCK_DGRAM));
  const nowhere = setMembership(fd, true, inet("239.7.7.7"), inet("192.0.2.1"));
  expect(nameOf(nowhere)).toBe("ENODEV");
  expect(nameOf(setMembership(fd, true, inet("127.0.0.1"), null))).toBe("EINVAL");
});

test("a group of IPv6 takes the interface from a zone", () => {
  using resources = new Resources();
  const fd = resources.descriptor(createSocket(AF_INET6, SOCK_DGRAM));
  expect(setMembership(fd, true, inet6("ff02::7:7"), inet6("::%lo"))).toBe(0);
  expect(setMembership(fd, false, inet6("ff02::7:7%lo"), null)).toBe(0);
  expect(nameOf(setMembership(fd, true, inet6("::1"), null))).toBe("EINVAL");
});
