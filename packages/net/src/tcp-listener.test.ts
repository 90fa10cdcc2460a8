import { describe, expect, test } from "bun:test";
import { Runtime } from "@bascule/core";
import { ipv6Test } from "@bascule/test-support";
import { failureOf } from "../test/settled.ts";
import { TcpListener, TcpStream } from "./index.ts";
import { systemOf } from "./system.ts";

describe("reusePort", () => {
  test("lets two listeners share a port, when both ask for it", async () => {
    await using first = await TcpListener.bind({ reusePort: true });
    const { port } = first.address;
    await using second = await TcpListener.bind({ port, reusePort: true });
    expect(second.address).toEqual(first.address);
  });

  test("is not the default: a port in use is refused as Node does it", async () => {
    await using first = await TcpListener.bind({ reusePort: true });
    const { port } = first.address;
    const error = await failureOf(TcpListener.bind({ port }));
    expect(error).toMatchObject({
      message: `listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
      code: "EADDRINUSE",
      syscall: "listen",
      address: "127.0.0.1",
      port,
    });
  });
});

test("a socket that could not be bound never listens: it would hear any network", async () => {
  const { driver } = Runtime.current();
  const listenedOn: unknown[] = [];
  const linux = systemOf(Runtime.current());
  const listenSocket = (fd: number, backlog: number): number => {
    listenedOn.push(linux.localAddress(fd));
    return linux.listenSocket(fd, backlog);
  };
  Reflect.set(driver, "system", { ...linux, listenSocket });
  try {
    await using listener = await TcpListener.bind();
    const { port } = listener.address;
    expect(await failureOf(TcpListener.bind({ port }))).toMatchObject({ code: "EADDRINUSE" });
    expect(listenedOn).toEqual([listener.address]);
  } finally {
    Reflect.deleteProperty(driver, "system");
  }
});

test("a port can be listened on again as soon as its listener is closed", async () => {
  const first = await TcpListener.bind();
  const { port } = first.address;
  await using client = await TcpStream.connect({ port });
  await using server = await first.accept();
  // This side closes first, so the port is left in TIME_WAIT.
  await server.close();
  expect(await client.read()).toBeNull();
  await first.close();
  await using second = await TcpListener.bind({ port });
  expect(second.address.port).toBe(port);
});

describe("hostnames", () => {
  ipv6Test("`::` takes IPv4 connections too, and says from where", async () => {
    await using listener = await TcpListener.bind({ hostname: "::" });
    const { port } = listener.address;
    expect(listener.address).toEqual({ family: "IPv6", address: "::", port });
    for (const [hostname, address] of [
      ["127.0.0.1", "::ffff:127.0.0.1"],
      ["::1", "::1"],
    ] as const) {
      await using client = await TcpStream.connect({ port, hostname });
      await using server = await listener.accept();
      expect(server.remoteAddress).toMatchObject({ family: "IPv6", address });
      await client.write(hostname);
      expect(await server.readExactly(hostname.length)).toEqual(Buffer.from(hostname));
    }
  });

  ipv6Test("in brackets, and localhost, are listened on", async () => {
    for (const [hostname, address] of [
      ["[::1]", "::1"],
      ["localhost", "127.0.0.1"],
    ] as const) {
      await using listener = await TcpListener.bind({ hostname });
      expect(listener.address.address).toBe(address);
      const { port } = listener.address;
      await using client = await TcpStream.connect({ port, hostname });
      expect(client.remoteAddress).toEqual(listener.address);
    }
  });

  test("with a zone that does not exist are refused, and nothing stays open", async () => {
    const hostname = "fe80::1%no-such-interface";
    expect(await failureOf(TcpListener.bind({ hostname }))).toBeInstanceOf(RangeError);
    expect(await failureOf(TcpStream.connect({ port: 1, hostname }))).toBeInstanceOf(RangeError);
  });
});

describe("backlog", () => {
  test("bounds the connections that wait in the kernel: the next one gets no answer", async () => {
    await using listener = await TcpListener.bind({ backlog: 1 });
    const { port } = listener.address;
    // The kernel takes one more than was asked for.
    await using waiting = new AsyncDisposableStack();
    for (let i = 0; i < 2; i++) waiting.use(await TcpStream.connect({ port }));
    const error = await failureOf(TcpStream.connect({ port, timeoutMs: 30 }));
    expect(error).toMatchObject({
      name: "TimeoutError",
      message: "Timed out after 30 ms",
      code: "ETIMEDOUT",
    });
    const controller = new AbortController();
    const connecting = TcpStream.connect({ port, signal: controller.signal });
    controller.abort("no longer");
    expect(await failureOf(connecting)).toBe("no longer");
  });

  test("is a whole number, 1 or more", async () => {
    for (const backlog of [0, -1, 1.5, Number.NaN, Infinity, "5"]) {
      expect(await failureOf(TcpListener.bind({ backlog: backlog as number }))).toEqual(
        new RangeError(`Cannot use backlog "${backlog}": pass a whole number, 1 or more`),
      );
    }
  });

  test("may be more than the system allows", async () => {
    for (const backlog of [65_536, 2 ** 31 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      await using listener = await TcpListener.bind({ backlog });
      const { port } = listener.address;
      const clients = await Promise.all(
        Array.from({ length: 4 }, () => TcpStream.connect({ port, timeoutMs: 2000 })),
      );
      await Promise.all(clients.map((client) => client.reset()));
    }
  });
});

test("a port that is none is refused before anything is opened", async () => {
  for (const port of [-1, 65_536, 1.5, "80"]) {
    expect(await failureOf(TcpListener.bind({ port: port as number }))).toEqual(
      new RangeError(`Cannot use port "${port}": pass a whole number from 0 to 65535`),
    );
  }
});

test("a closed listener refuses, and connections that nobody took are gone", async () => {
  const listener = await TcpListener.bind();
  const { port } = listener.address;
  await using accepted = new AsyncDisposableStack();
  const clients = await Promise.all([1, 2, 3].map(() => TcpStream.connect({ port })));
  for (const client of clients) accepted.use(client);
  accepted.use(await listener.accept());
  await Promise.all([listener.close(), listener.close()]);
  expect(listener.isClosed).toBe(true);
  expect(await failureOf(listener.accept())).toMatchObject({ name: "SocketClosedError" });
  expect(await failureOf(TcpStream.connect({ port }))).toMatchObject({ code: "ECONNREFUSED" });
  const outcomes = await Promise.all(
    clients.slice(1).map(async (client) => {
      const result = await client.read().catch((error: { code: string }) => error.code);
      return result === null || result === "ECONNRESET";
    }),
  );
  expect(outcomes).toEqual([true, true]);
});
