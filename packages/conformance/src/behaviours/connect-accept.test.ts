import { describe, expect, test } from "bun:test";
import { Runtime, spawn } from "@bascule/core";
import { TcpListener, TcpStream, UnixListener, UnixStream } from "@bascule/net";
import { ipv6Test, openSocketCount } from "@bascule/test-support";
import { driverExpected } from "../support/settings.ts";
import { type AnyStream, tcp, transports } from "../support/transports.ts";

test("the runtime uses the driver that the environment names", () => {
  const { driver, choice } = Runtime.current();
  expect(driver.name).toBe(choice.driver);
  expect(driver.name).toBe(driverExpected() ?? driver.name);
});

describe.each(transports)("over $name", (transport) => {
  test("a connection is accepted, and bytes go both ways", async () => {
    await using endpoint = await transport.listen();
    const accepting = endpoint.accept();
    await using client = await endpoint.connect();
    await using server = await accepting;
    await client.write("ping");
    expect(await server.readExactly(4)).toEqual(Buffer.from("ping"));
    await server.write("pong");
    expect(await client.readExactly(4)).toEqual(Buffer.from("pong"));
  });

  test("connections that came before anybody accepted are waiting", async () => {
    await using endpoint = await transport.listen();
    const clients = await Promise.all(Array.from({ length: 20 }, () => endpoint.connect()));
    const servers: AnyStream[] = [];
    for (let i = 0; i < 20; i++) servers.push(await endpoint.accept());
    await Promise.all([...clients, ...servers].map((stream) => stream.close()));
  });

  test("several accepts that wait at once each get a connection", async () => {
    await using endpoint = await transport.listen();
    const accepting = Array.from({ length: 5 }, () => endpoint.accept());
    const clients = await Promise.all(accepting.map(() => endpoint.connect()));
    const servers = await Promise.all(accepting);
    for (const [index, server] of servers.entries()) await server.write(String(index));
    const seen = await Promise.all(clients.map((client) => client.read()));
    const texts = seen.map((bytes) => String.fromCharCode(bytes?.[0] ?? 0));
    expect(texts.toSorted()).toEqual(["0", "1", "2", "3", "4"]);
    await Promise.all([...clients, ...servers].map((stream) => stream.close()));
  });
});

test("both ends know both addresses", async () => {
  await using listener = await TcpListener.bind({ port: 0 });
  expect(listener.address.port).toBeGreaterThan(0);
  await using client = await TcpStream.connect({ port: listener.address.port });
  await using server = await listener.accept();
  expect(client.remoteAddress).toEqual(listener.address);
  expect(server.localAddress).toEqual(listener.address);
  expect(server.remoteAddress).toEqual(client.localAddress);
  expect(client.localAddress).toMatchObject({ family: "IPv4", address: "127.0.0.1" });
});

ipv6Test("a listener on :: takes IPv4 connections too", async () => {
  await using listener = await TcpListener.bind({ hostname: "::" });
  const { port } = listener.address;
  for (const hostname of ["127.0.0.1", "::1", "localhost"]) {
    await using client = await TcpStream.connect({ port, hostname });
    await using server = await listener.accept();
    expect(server.remoteAddress.family).toBe("IPv6");
    expect(client.remoteAddress).toMatchObject({ port });
  }
});

test("a Unix socket in the abstract namespace needs no file", async () => {
  const path = `\0bascule-${process.pid}-${Math.random()}`;
  await using listener = await UnixListener.bind({ path });
  await using client = await UnixStream.connect({ path });
  await using server = await listener.accept();
  await client.write("abstract");
  expect((await server.readExactly(8)).byteLength).toBe(8);
});

test("iterating a listener gives connections until it is closed", async () => {
  const listener = await TcpListener.bind({ port: 0 });
  let served = 0;
  const serving = spawn(async () => {
    for await (const socket of listener) {
      served++;
      await socket.close();
      if (served === 3) await listener.close();
    }
    return "ended";
  });
  for (let i = 0; i < 3; i++) {
    await using client = await TcpStream.connect({ port: listener.address.port });
    expect(await client.read()).toBeNull();
  }
  expect(await serving).toBe("ended");
});

test("hundreds of connections wait to be accepted, and none is lost", async () => {
  await using endpoint = await tcp.listen();
  const first = endpoint.accept();
  const clients = await Promise.all(Array.from({ length: 400 }, () => endpoint.connect()));
  const servers = [await first];
  while (servers.length < 400) servers.push(await endpoint.accept());
  const ports = new Set(servers.map((server) => (server.remoteAddress as { port: number }).port));
  expect(ports.size).toBe(400);
  await Promise.all([...clients, ...servers].map((stream) => stream.reset()));
});

test("of connections that nobody takes most are left in the kernel's backlog", async () => {
  await using endpoint = await tcp.listen();
  const first = endpoint.accept();
  const before = openSocketCount();
  const clients: AnyStream[] = [];
  // A few at a time: the kernel may accept all that wait before the driver sees one of them.
  while (clients.length < 300) {
    clients.push(...(await Promise.all(Array.from({ length: 10 }, () => endpoint.connect()))));
  }
  expect(openSocketCount() - before - clients.length).toBeLessThan(150);
  const servers = [await first];
  while (servers.length < clients.length) servers.push(await endpoint.accept());
  await Promise.all([...clients, ...servers].map((stream) => stream.reset()));
});

test("a thousand connections are made, used and closed, many at a time", async () => {
  await using endpoint = await tcp.listen();
  const serving = spawn(async () => {
    for (let i = 0; i < 1000; i++) {
      const socket = await endpoint.accept();
      spawn(async () => {
        await using conn = socket;
        for await (const chunk of conn) await conn.write(chunk);
      });
    }
  });
  const clients = Array.from({ length: 50 }, () =>
    spawn(async () => {
      for (let i = 0; i < 20; i++) {
        await using client = await endpoint.connect();
        await client.write("x");
        await client.closeWrite();
        expect((await client.read())?.byteLength).toBe(1);
        expect(await client.read()).toBeNull();
      }
    }),
  );
  for (const client of clients) await client;
  await serving;
});
