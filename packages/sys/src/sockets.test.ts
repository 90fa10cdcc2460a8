import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as nodeConnect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { expectSuccess, frameOf, LOOPBACK, nameOf, Resources } from "../test/sockets.ts";
import { AF_INET, AF_INET6 } from "./address.ts";
import { descriptorFlags, FD_CLOEXEC, O_NONBLOCK, statusFlags } from "./descriptors.ts";
import { accept } from "./operations/accept.ts";
import { connect } from "./operations/connect.ts";
import { WOULD_BLOCK } from "./operations/operation-kind.ts";
import { recvInto } from "./operations/recv.ts";
import { send } from "./operations/send.ts";
import { IPPROTO_IPV6, IPV6_V6ONLY, setLinger, setSocketOption } from "./socket-options.ts";
import {
  bindSocket,
  createSocket,
  listenSocket,
  localAddress,
  peerAddress,
  SHUT_WR,
  shutdownSocket,
  SOCK_STREAM,
} from "./sockets.ts";

/** A container often cannot be reached at ::1. */
const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === "::1");

describe("addresses of sockets", () => {
  test("a listener on port 0 knows its real port, and node:net can connect to it", async () => {
    using resources = new Resources();
    const { fd, address } = resources.listener();
    if (address.family === "unix") throw new Error("Not an Internet address");
    expect(address.port).toBeGreaterThan(0);
    const client = nodeConnect(address.port, address.address);
    await new Promise((resolve) => client.once("connect", resolve));
    const accepted = resources.descriptor(accept.attempt(frameOf({ fd })));
    const { localPort } = client;
    expect(peerAddress(accepted)).toEqual({ ...address, port: localPort ?? -1 });
    client.destroy();
  });

  test("both ends of a connection name each other", () => {
    using resources = new Resources();
    const { first, second } = resources.tcpPair();
    expect(peerAddress(first)).toEqual(localAddress(second));
    expect(peerAddress(second)).toEqual(localAddress(first));
  });

  test.skipIf(!hasIpv6)("IPv6 works on the loopback", () => {
    using resources = new Resources();
    const fd = resources.descriptor(createSocket(AF_INET6, SOCK_STREAM));
    expect(setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)).toBe(0);
    expect(bindSocket(fd, { family: "IPv6", address: "::1", port: 0 })).toBe(0);
    expect(localAddress(fd)).toMatchObject({ family: "IPv6", address: "::1" });
  });

  test("a Unix listener is found by its path and by an abstract name", () => {
    using resources = new Resources();
    const folder = mkdtempSync(join(tmpdir(), "bascule-"));
    for (const path of [join(folder, "socket"), `\0bascule-${process.pid}`]) {
      const { fd, address } = resources.listener({ family: "unix", path });
      expect(address).toEqual({ family: "unix", path });
      expect(connect.attempt(resources.connecting(address))).toBe(0);
      const accepted = resources.descriptor(accept.attempt(frameOf({ fd })));
      expect(localAddress(accepted)).toEqual({ family: "unix", path });
      expect(peerAddress(accepted)).toEqual({ family: "unix", path: "" });
    }
    rmSync(folder, { recursive: true });
  });
});

describe("failures are -errno", () => {
  test("a port that is taken, a foreign address, an unknown peer, a closed descriptor", () => {
    using resources = new Resources();
    const { address } = resources.listener();
    const fd = resources.descriptor(createSocket(AF_INET, SOCK_STREAM));
    expect(nameOf(bindSocket(fd, address))).toBe("EADDRINUSE");
    const foreign = { family: "IPv4", address: "192.0.2.1", port: 0 } as const;
    expect(nameOf(bindSocket(fd, foreign))).toBe("EADDRNOTAVAIL");
    expect(nameOf(peerAddress(fd))).toBe("ENOTCONN");
    expect(nameOf(shutdownSocket(fd, SHUT_WR))).toBe("ENOTCONN");
    expect(nameOf(localAddress(-1))).toBe("EBADF");
    expect(nameOf(createSocket(9999, SOCK_STREAM))).toBe("EAFNOSUPPORT");
  });
});

test("every descriptor is non-blocking and closed on exec, accepted ones too", () => {
  using resources = new Resources();
  const pair = resources.socketPair();
  const { first, second } = resources.tcpPair();
  for (const fd of [pair.first, pair.second, first, second]) {
    expect(descriptorFlags(fd) & FD_CLOEXEC).toBe(FD_CLOEXEC);
    expect(statusFlags(fd) & O_NONBLOCK).toBe(O_NONBLOCK);
  }
});

test("half-closing lets the peer read to the end and answer", () => {
  using resources = new Resources();
  const { first, second } = resources.tcpPair();
  const memory = resources.memory();
  const sending = frameOf({ fd: first, address: memory.address, length: 5 });
  expect(send.attempt(sending)).toBe(5);
  expect(shutdownSocket(first, SHUT_WR)).toBe(0);
  const receiving = frameOf({ fd: second, address: memory.address, length: 100 });
  expect(recvInto.attempt(receiving)).toBe(5);
  expect(recvInto.attempt(receiving)).toBe(0);
  expect(send.attempt({ ...sending, fd: second })).toBe(5);
  expect(nameOf(send.attempt(sending))).toBe("EPIPE");
});

test("closing with a linger of 0 resets the connection", () => {
  using resources = new Resources();
  const { first, second } = resources.tcpPair();
  const memory = resources.memory();
  expect(setLinger(first, 0)).toBe(0);
  resources.close(first);
  const frame = frameOf({ fd: second, address: memory.address, length: 1 });
  expect(nameOf(recvInto.attempt(frame))).toBe("ECONNRESET");
});

test("a listener that nobody calls has nothing to accept", () => {
  using resources = new Resources();
  const fd = resources.descriptor(createSocket(AF_INET, SOCK_STREAM));
  expectSuccess(bindSocket(fd, LOOPBACK));
  expect(nameOf(accept.attempt(frameOf({ fd })))).toBe("EINVAL");
  expectSuccess(listenSocket(fd, 1));
  expect(accept.attempt(frameOf({ fd }))).toBe(WOULD_BLOCK);
});
