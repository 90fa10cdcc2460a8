import { describe, expect, test } from "bun:test";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { Runtime, spawn, type SystemError } from "@bascule/core";
import { ipv6Test } from "@bascule/test-support";
import { failureOf } from "../test/settled.ts";
import { UdpSocket, type UdpTarget } from "./index.ts";
import { systemOf } from "./system.ts";

/** A socket of Node's, closed at the end of a `using` scope. */
class NodeSocket implements Disposable {
  readonly socket: Socket = createSocket("udp4");

  async bind(): Promise<number> {
    await new Promise<void>((resolve) => this.socket.bind(0, "127.0.0.1", resolve));
    return this.socket.address().port;
  }

  message(): Promise<[Buffer, RemoteInfo]> {
    return new Promise((resolve) => {
      this.socket.once("message", (data, from) => resolve([data, from]));
    });
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

function fieldsOf(error: unknown): Record<string, unknown> {
  const { code, errno, syscall, address, port, message } = error as SystemError;
  return { code, errno, syscall, address, port, message };
}

describe("with node:dgram at the other end", () => {
  test("datagrams go there and come back, with the addresses of both", async () => {
    using peer = new NodeSocket();
    const port = await peer.bind();
    await using socket = await UdpSocket.bind();
    const heard = peer.message();
    await socket.send("to node", { port });
    const [data, from] = await heard;
    expect(data.toString()).toBe("to node");
    expect(from).toMatchObject(socket.address);
    peer.socket.send("from node", from.port, from.address);
    expect(await socket.receive()).toEqual({
      data: new TextEncoder().encode("from node"),
      family: "IPv4",
      address: "127.0.0.1",
      port,
    });
  });

  test("a port in use is refused with the same words", async () => {
    await using taken = await UdpSocket.bind();
    const { port } = taken.address;
    const ours = await failureOf(UdpSocket.bind({ port }));
    using peer = new NodeSocket();
    const theirs = await new Promise<unknown>((resolve) => {
      peer.socket.once("error", resolve).bind(port, "127.0.0.1");
    });
    expect(fieldsOf(ours)).toEqual({
      code: "EADDRINUSE",
      errno: -98,
      syscall: "bind",
      address: "127.0.0.1",
      port,
      message: `bind EADDRINUSE 127.0.0.1:${port}`,
    });
    const { code, syscall } = theirs as SystemError;
    expect([code, syscall]).toEqual(["EADDRINUSE", "bind"]);
  });
});

describe("bind", () => {
  test("reusePort and reuseAddress let two sockets have a port, when both ask for it", async () => {
    for (const options of [{ reusePort: true }, { reuseAddress: true }]) {
      await using first = await UdpSocket.bind(options);
      const { port } = first.address;
      await using second = await UdpSocket.bind({ ...options, port });
      expect(second.address).toEqual(first.address);
      expect(await failureOf(UdpSocket.bind({ port }))).toMatchObject({ code: "EADDRINUSE" });
    }
  });

  test("an address that is not this machine's, and a host that is not found", async () => {
    expect(await failureOf(UdpSocket.bind({ hostname: "192.0.2.1" }))).toMatchObject({
      message: "bind EADDRNOTAVAIL 192.0.2.1",
      code: "EADDRNOTAVAIL",
    });
    expect(await failureOf(UdpSocket.bind({ hostname: "no-such..host" }))).toMatchObject({
      message: "getaddrinfo ENOTFOUND no-such..host",
    });
    expect(await failureOf(UdpSocket.bind({ port: 65_536 }))).toBeInstanceOf(RangeError);
  });

  ipv6Test("`::` takes IPv4 too, says so, and answers it", async () => {
    await using socket = await UdpSocket.bind({ hostname: "::" });
    const { port } = socket.address;
    for (const [hostname, address] of [
      ["127.0.0.1", "::ffff:127.0.0.1"],
      ["::1", "::1"],
    ] as const) {
      await using client = await UdpSocket.connect({ port, hostname });
      await client.send(hostname);
      const datagram = await socket.receive();
      expect(datagram).toMatchObject({ family: "IPv6", address, port: client.address.port });
      await socket.send("back", datagram);
      expect((await client.receive()).data).toEqual(new TextEncoder().encode("back"));
      await socket.send("by address", { hostname, port: client.address.port });
      expect((await client.receive()).data.byteLength).toBe(10);
    }
  });

  ipv6Test("with ipv6Only it leaves IPv4's port alone, and sends nothing there", async () => {
    await using six = await UdpSocket.bind({ hostname: "::", ipv6Only: true });
    const { port } = six.address;
    await using four = await UdpSocket.bind({ hostname: "0.0.0.0", port });
    const error = await failureOf(six.send("x", { hostname: "127.0.0.1", port }));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe(
      'Cannot send to "127.0.0.1": it has no IPv6 address, and the socket has no other',
    );
    expect(four.address.port).toBe(port);
  });
});

describe("connect", () => {
  test("says both addresses, and needs none to send to", async () => {
    await using server = await UdpSocket.bind();
    const { port } = server.address;
    await using client = await UdpSocket.connect({ port, hostname: "localhost" });
    expect(client.remoteAddress).toEqual(server.address);
    expect(server.remoteAddress).toBeNull();
    await client.send("x");
    expect(await server.receive()).toMatchObject(client.address);
  });

  test("a host that is not found, a bad port, an aborted signal", async () => {
    const hostname = "no-such..host";
    expect(await failureOf(UdpSocket.connect({ port: 1, hostname }))).toMatchObject({
      code: "ENOTFOUND",
    });
    expect(await failureOf(UdpSocket.connect({ port: 0 }))).toBeInstanceOf(RangeError);
    const signal = AbortSignal.abort("before");
    expect(await failureOf(UdpSocket.connect({ port: 1, signal }))).toBe("before");
  });

  test("an address that broadcasts is refused as the system does it", async () => {
    const error = await failureOf(UdpSocket.connect({ port: 7, hostname: "255.255.255.255" }));
    expect(fieldsOf(error)).toMatchObject({ syscall: "connect", address: "255.255.255.255" });
  });
});

describe("send", () => {
  test("a host that is not found, and a look-up that is aborted", async () => {
    await using socket = await UdpSocket.bind();
    const to = { port: 7, hostname: "no-such..host" };
    const task = spawn(() => socket.send("x", to), { name: "sender" });
    expect(await failureOf(task)).toMatchObject({ code: "ENOTFOUND", task: "sender" });
    const controller = new AbortController();
    const sending = socket.send("x", to, { signal: controller.signal });
    controller.abort("enough");
    expect(await failureOf(sending)).toBe("enough");
  });

  test("what is no datagram, and what is no address, is refused in words", async () => {
    await using socket = await UdpSocket.bind();
    await using connected = await UdpSocket.connect({ port: socket.address.port });
    const port = socket.address.port;
    const cases: [unknown, unknown, string][] = [
      [5, { port }, 'Cannot send "5": pass a Uint8Array or a string'],
      [[new Uint8Array(1)], { port }, 'Cannot send "Array": pass a Uint8Array or a string'],
      ["x", undefined, "Cannot send without an address: the socket is not connected"],
      ["x", "127.0.0.1", 'Cannot send to "127.0.0.1": pass an object with port and hostname'],
      ["x", { port: 0 }, 'Cannot use port "0": pass a whole number from 1 to 65535'],
      ["x", { port, hostname: "" }, 'Cannot use hostname "": pass a name or an IP address'],
      [
        "x",
        { port, hostname: "::1" },
        'Cannot send to "::1": it has no IPv4 address, and the socket has no other',
      ],
    ];
    for (const [data, to, message] of cases) {
      const error = await failureOf(socket.send(data as string, to as UdpTarget));
      expect((error as Error).message).toBe(message);
    }
    expect(await failureOf(connected.send("x", { port }))).toEqual(
      new TypeError(`Cannot send to another address: the socket is connected to 127.0.0.1:${port}`),
    );
    const gone = new Uint8Array(new ArrayBuffer(4));
    gone.buffer.transfer();
    expect(await failureOf(socket.send(gone, { port }))).toBeInstanceOf(TypeError);
  });
});

describe("options", () => {
  test("broadcast needs to be allowed", async () => {
    await using socket = await UdpSocket.bind({ hostname: "0.0.0.0" });
    const to = { address: "127.255.255.255", port: socket.address.port };
    expect(await failureOf(socket.send("x", to))).toMatchObject({ code: "EACCES", ...to });
    socket.setBroadcast(true);
    await socket.send("to all", to);
    expect((await socket.receive()).data.byteLength).toBe(6);
  });

  test("a member of a group receives what is sent to it, until it leaves", async () => {
    const group = "239.7.7.7";
    await using member = await UdpSocket.bind({ hostname: "0.0.0.0" });
    await using sender = await UdpSocket.bind();
    const to = { address: group, port: member.address.port };
    sender.setMulticastTTL(0);
    sender.setMulticastLoopback(true);
    member.addMembership(group, "127.0.0.1");
    await sender.send("members", to);
    expect(await member.receive()).toMatchObject({ port: sender.address.port });
    member.dropMembership(group, "127.0.0.1");
    await sender.send("nobody", to);
    await sender.send("last", { port: to.port });
    expect((await member.receive()).data).toEqual(new TextEncoder().encode("last"));
    const twice = (): void => member.dropMembership(group, "127.0.0.1");
    expect(twice).toThrow("dropMembership EADDRNOTAVAIL");
  });

  test("what is no group or no number is refused, and so is everything once closed", async () => {
    await using socket = await UdpSocket.bind();
    expect(() => socket.addMembership("127.0.0.1")).toThrow("addMembership EINVAL");
    expect(() => socket.addMembership("ff02::1")).toThrow(
      'Cannot use address "ff02::1": pass an IPv4 address, as the socket\'s',
    );
    for (const hops of [0, 256, 1.5, Number.NaN]) {
      expect(() => socket.setTTL(hops)).toThrow(RangeError);
    }
    socket.setTTL(3);
    await socket.close();
    expect(() => socket.setTTL(3)).toThrow("Cannot set an option of the socket: it is closed");
    expect(() => socket.addMembership("239.7.7.7")).toThrow("it is closed");
  });

  ipv6Test("the options of IPv6 are set on a socket of IPv6", async () => {
    await using socket = await UdpSocket.bind({ hostname: "::" });
    socket.setTTL(7);
    socket.setMulticastTTL(0);
    socket.setMulticastLoopback(false);
    socket.addMembership("ff02::7:7", "::%lo");
    socket.dropMembership("ff02::7:7%lo");
  });

  test("an unreferenced socket keeps no process alive while it waits", async () => {
    await using socket = await UdpSocket.bind();
    const { ledger } = Runtime.current().driver;
    socket.unref();
    const waiting = failureOf(socket.receive());
    expect(ledger.referencedInFlight).toBe(0);
    socket.ref();
    expect(ledger.referencedInFlight).toBe(1);
    await socket.close();
    await waiting;
  });
});

test("what is sent to a name is what it was at the call, also from a Buffer", async () => {
  const runtime = Runtime.current();
  const lookup = (): Promise<unknown> => Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
  Reflect.set(runtime.driver, "system", { ...systemOf(runtime), lookup });
  try {
    await using socket = await UdpSocket.bind();
    const { port } = socket.address;
    for (const data of [Buffer.from("first"), new Uint8Array(Buffer.from("first"))]) {
      const sending = socket.send(data, { hostname: "somebody.example", port });
      data.fill(0);
      await sending;
      expect(Buffer.from((await socket.receive()).data).toString()).toBe("first");
    }
  } finally {
    Reflect.deleteProperty(runtime.driver, "system");
  }
});

test("a bad linger time is refused, and closes nothing", async () => {
  await using socket = await UdpSocket.bind();
  expect(await failureOf(socket.close({ lingerMs: -1 }))).toBeInstanceOf(RangeError);
  await socket.send("still here", socket.address);
  expect((await socket.receive()).data.byteLength).toBe(10);
});

test("it says in dumps where it is, and where to", async () => {
  await using server = await UdpSocket.bind();
  await using client = await UdpSocket.connect({ port: server.address.port });
  const [here, there] = [client.address.port, server.address.port];
  expect(server.describe()).toStartWith(`127.0.0.1:${there}, descriptor `);
  expect(client.describe()).toStartWith(`127.0.0.1:${here} to 127.0.0.1:${there}, descriptor `);
});
