import { describe, expect, test } from "bun:test";
import { Runtime, RuntimeClosedError, sleep, spawn, timeout, yieldNow } from "@bascule/core";
import { type Datagram, SocketClosedError, UdpSocket } from "@bascule/net";
import { eventually } from "@bascule/test-support";
import { failureOf, fieldsOf } from "../support/failure.ts";
import { patternBytes } from "../support/pattern.ts";
import { runtimeOptions } from "../support/settings.ts";

const LONGEST = 65_507;

function textOf({ data }: Datagram): string {
  return new TextDecoder().decode(data);
}

/** A port that nobody receives at. */
async function freePort(): Promise<number> {
  await using socket = await UdpSocket.bind();
  return socket.address.port;
}

describe("a datagram", () => {
  test("comes whole, with the address of who sent it, and can be answered", async () => {
    await using one = await UdpSocket.bind();
    await using other = await UdpSocket.bind();
    await one.send("ping", other.address);
    const ping = await other.receive();
    expect(textOf(ping)).toBe("ping");
    expect(fieldsOf(ping, "family", "address", "port")).toEqual({ ...one.address });
    await other.send("pong", ping);
    expect(textOf(await one.receive())).toBe("pong");
  });

  test("that is empty is a datagram, not an end", async () => {
    await using server = await UdpSocket.bind();
    await using client = await UdpSocket.connect({ port: server.address.port });
    for (const text of ["", "between", ""]) {
      await client.send(text);
      const { data, port } = await server.receive();
      expect(new TextDecoder().decode(data)).toBe(text);
      expect(port).toBe(client.address.port);
    }
  });

  test("may be 65507 bytes long and comes whole; one byte more is refused", async () => {
    await using server = await UdpSocket.bind();
    const { port } = server.address;
    await using client = await UdpSocket.connect({ port });
    await using anybody = await UdpSocket.bind();
    const longest = patternBytes(0, LONGEST);
    for (const send of [
      (bytes: Uint8Array) => client.send(bytes),
      (bytes: Uint8Array) => anybody.send(bytes, { port }),
    ]) {
      for (const byteLength of [LONGEST + 1, 65_536, 65_537, 1 << 20]) {
        const error = await failureOf(send(new Uint8Array(byteLength)));
        expect(fieldsOf(error, "code", "syscall", "address", "port", "message")).toEqual({
          code: "EMSGSIZE",
          syscall: "send",
          address: "127.0.0.1",
          port,
          message: `send EMSGSIZE 127.0.0.1:${port}`,
        });
      }
      await send(longest);
      expect(Buffer.compare((await server.receive()).data, longest)).toBe(0);
    }
  });

  test("of every length where the memory changes comes as it was sent", async () => {
    await using server = await UdpSocket.bind();
    await using client = await UdpSocket.connect({ port: server.address.port });
    for (const byteLength of [1, 3895, 3896, 3897, 4095, 4096, 4097, 16_384, 32_769, 65_506]) {
      const bytes = patternBytes(byteLength, byteLength);
      await client.send(bytes);
      expect(Buffer.compare((await server.receive()).data, bytes)).toBe(0);
    }
  });

  test("is copied when it is sent: the array may be used for something else at once", async () => {
    await using server = await UdpSocket.bind();
    await using client = await UdpSocket.bind();
    for (const hostname of ["127.0.0.1", "localhost"]) {
      const bytes = patternBytes(0, 100);
      const sent = bytes.slice();
      const sending = client.send(bytes, { hostname, port: server.address.port });
      bytes.fill(255);
      await sending;
      expect(Buffer.compare((await server.receive()).data, sent)).toBe(0);
    }
  });

  test("is an array of the program's own, which later ones leave alone", async () => {
    await using server = await UdpSocket.bind();
    await using client = await UdpSocket.connect({ port: server.address.port });
    await client.send("first");
    const first = await server.receive();
    await client.send("later");
    await server.receive();
    expect(textOf(first)).toBe("first");
    expect(first.data.buffer.byteLength).toBe(5);
  });
});

test("many short ones at once come each, in order", async () => {
  await using server = await UdpSocket.bind();
  await using client = await UdpSocket.connect({ port: server.address.port });
  // One that is waited for, so that the socket is known to the driver when the others come.
  await client.send("first");
  await server.receive();
  for (let round = 0; round < 20; round++) {
    const waiting = server.receive();
    await yieldNow();
    const sent = Array.from({ length: 40 }, (_, index) => `${round}:${index}`);
    await Promise.all(sent.map((text) => client.send(text)));
    const received = [textOf(await waiting)];
    while (received.length < sent.length) received.push(textOf(await server.receive()));
    expect(received).toEqual(sent);
  }
});

test("receives are served in the order in which they were asked for", async () => {
  await using server = await UdpSocket.bind();
  await using client = await UdpSocket.connect({ port: server.address.port });
  const waiting = [server.receive(), server.receive(), server.receive()];
  for (const text of ["one", "two", "three"]) await client.send(text);
  expect((await Promise.all(waiting)).map(textOf)).toEqual(["one", "two", "three"]);
});

test("a receive that finds a datagram leaves it to one that has waited for it", async () => {
  await using server = await UdpSocket.bind();
  await using client = await UdpSocket.connect({ port: server.address.port });
  const first = server.receive();
  const sending = client.send("one");
  // Turned by hand, the driver delivers to the socket, but no task has its turn.
  const { driver } = Runtime.current();
  const { counters } = driver.ledger;
  const before = counters.completed;
  const endMs = performance.now() + 2000;
  while (counters.completed < before + 2 && performance.now() < endMs) driver.turn(10);
  const second = server.receive();
  await sending;
  await client.send("two");
  expect([textOf(await first), textOf(await second)]).toEqual(["one", "two"]);
});

test("a socket that nobody reads stops receiving, and goes on where it stopped", async () => {
  await using server = await UdpSocket.bind();
  await using client = await UdpSocket.connect({ port: server.address.port });
  const { ledger, sendPool } = Runtime.current().driver;
  expect(await failureOf(timeout(1, () => server.receive()))).toBeInstanceOf(Error);
  expect([ledger.inFlight, sendPool.taken]).toEqual([1, 2]);
  const count = 80;
  for (let i = 0; i < count; i++) await client.send(patternBytes(i, 1000));
  expect(await eventually(() => ledger.inFlight === 0, 5000)).toBe(true);
  // An unread socket lends no memory to the kernel either.
  expect(sendPool.taken).toBe(0);
  for (let i = 0; i < count; i++) {
    expect(Buffer.compare((await server.receive()).data, patternBytes(i, 1000))).toBe(0);
  }
});

test("empty ones that nobody reads are bounded as well", async () => {
  await using server = await UdpSocket.bind();
  await using client = await UdpSocket.connect({ port: server.address.port });
  const { ledger } = Runtime.current().driver;
  expect(await failureOf(timeout(1, () => server.receive()))).toBeInstanceOf(Error);
  for (let i = 0; i < 256; i++) await client.send("");
  expect(await eventually(() => ledger.inFlight === 0, 5000)).toBe(true);
});

describe("a connected socket", () => {
  test("hears nobody else", async () => {
    await using server = await UdpSocket.bind();
    await using stranger = await UdpSocket.bind();
    await using client = await UdpSocket.connect({ port: server.address.port });
    await stranger.send("unasked", client.address);
    await server.send("expected", client.address);
    expect(textOf(await client.receive())).toBe("expected");
  });

  test("is told when nobody has the port, by the receive, and goes on", async () => {
    const port = await freePort();
    await using client = await UdpSocket.connect({ port });
    const receiving = spawn(() => client.receive(), { name: "receiver" });
    await yieldNow();
    await client.send("anybody?");
    expect(fieldsOf(await failureOf(receiving), "code", "syscall", "message", "task")).toEqual({
      code: "ECONNREFUSED",
      syscall: "recvmsg",
      message: "recvmsg ECONNREFUSED",
      task: "receiver",
    });
    await using server = await UdpSocket.bind({ port });
    await client.send("now?");
    await server.send("yes", await server.receive());
    expect(textOf(await client.receive())).toBe("yes");
  });

  test("is told by the next send, when nobody receives, and goes on", async () => {
    const port = await freePort();
    await using client = await UdpSocket.connect({ port });
    await client.send("anybody?");
    const error = await failureOf(client.send("anybody?"));
    expect(fieldsOf(error, "code", "message")).toEqual({
      code: "ECONNREFUSED",
      message: `send ECONNREFUSED 127.0.0.1:${port}`,
    });
    await using server = await UdpSocket.bind({ port });
    await client.send("now?");
    expect(textOf(await server.receive())).toBe("now?");
  });

  test("tells one of several receives, and the others go on waiting", async () => {
    const port = await freePort();
    await using client = await UdpSocket.connect({ port });
    const [first, second] = [failureOf(client.receive()), client.receive()];
    await yieldNow();
    await client.send("anybody?");
    expect(await first).toMatchObject({ code: "ECONNREFUSED" });
    await using server = await UdpSocket.bind({ port });
    await server.send("yes", client.address);
    expect(textOf(await second)).toBe("yes");
  });

  test("keeps for the next receive what it was told while nobody received, once", async () => {
    const { ledger } = Runtime.current().driver;
    await using client = await UdpSocket.connect({ port: await freePort() });
    const first = await failureOf(timeout(1, () => client.receive()));
    expect(first).toMatchObject({ code: "ETIMEDOUT" });
    await client.send("anybody?");
    // It asks the kernel for nothing more until somebody has heard.
    expect(await eventually(() => ledger.inFlight === 0, 5000)).toBe(true);
    expect(await failureOf(client.receive())).toMatchObject({ code: "ECONNREFUSED" });
    const then = await failureOf(timeout(1, () => client.receive()));
    expect(then).toMatchObject({ code: "ETIMEDOUT" });
  });
});

describe("a loop", () => {
  test("gives datagrams until the socket is closed; leaving it leaves that open", async () => {
    await using server = await UdpSocket.bind();
    await using client = await UdpSocket.connect({ port: server.address.port });
    const received: string[] = [];
    for (const text of ["one", "two", "three", "four"]) await client.send(text);
    for await (const datagram of server) {
      received.push(textOf(datagram));
      if (received.length === 2) break;
    }
    const looping = spawn(async () => {
      for await (const datagram of server) received.push(textOf(datagram));
    });
    await eventually(() => received.length === 4, 5000);
    await server.close();
    await looping;
    expect(received).toEqual(["one", "two", "three", "four"]);
  });
});

describe("closing", () => {
  test("rejects receives that wait, and what is asked for afterwards", async () => {
    const socket = await UdpSocket.bind();
    const failures = [socket.receive(), socket.receive()].map(failureOf);
    await yieldNow();
    await socket.close();
    failures.push(failureOf(socket.receive()));
    for (const failure of await Promise.all(failures)) {
      expect(failure).toEqual(
        new SocketClosedError("Cannot receive from the socket: it is closed"),
      );
    }
    expect(await failureOf(socket.send("x", { port: 7 }))).toEqual(
      new SocketClosedError("Cannot send from the socket: it is closed"),
    );
    expect(socket.isClosed).toBe(true);
    await socket.close();
  });

  test("lets sends that have begun go out first", async () => {
    await using server = await UdpSocket.bind();
    const client = await UdpSocket.connect({ port: server.address.port });
    const sending = [client.send("one"), client.send("two"), client.send("three")];
    await client.close();
    await Promise.all(sending);
    const received = [await server.receive(), await server.receive(), await server.receive()];
    expect(received.map(textOf)).toEqual(["one", "two", "three"]);
  });

  test("in an aborted task still closes", async () => {
    const socket = await UdpSocket.bind();
    const task = spawn(async () => {
      try {
        await sleep(60_000);
      } finally {
        await socket.close();
      }
    });
    await yieldNow();
    task.abort("stop");
    expect(await failureOf(task)).toBe("stop");
    expect(socket.isClosed).toBe(true);
  });

  test("drops what has come and nobody took, and gives the port back", async () => {
    const server = await UdpSocket.bind();
    const { port } = server.address;
    await using client = await UdpSocket.connect({ port });
    await client.send("one");
    await server.receive();
    await client.send("two");
    await client.send("three");
    await server.close();
    await using again = await UdpSocket.bind({ port });
    expect(again.address.port).toBe(port);
  });

  test("of the runtime closes sockets, and rejects what waits with its reason", async () => {
    const runtime = Runtime.create(runtimeOptions());
    const waiting = runtime.spawn(async () => {
      const socket = await UdpSocket.bind();
      void socket.send("to itself", socket.address).catch(() => undefined);
      await socket.receive();
      await socket.receive();
    });
    const failure = failureOf(waiting);
    await eventually(() => runtime.driver.ledger.counters.completed >= 2, 5000);
    await runtime.shutdown();
    expect(await failure).toBeInstanceOf(RuntimeClosedError);
  });
});
