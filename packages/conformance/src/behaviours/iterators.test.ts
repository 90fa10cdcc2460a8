import { describe, expect, test } from "bun:test";
import { sleep } from "@bascule/core";
import { TcpListener, TcpStream, UdpSocket } from "@bascule/net";
import { select } from "@bascule/sync";
import { connectPair } from "../support/transports.ts";

/** Has a `next` lose against something that is over at once, twice. */
async function loseTwice<T>(iterator: AsyncIterator<T, undefined>): Promise<void> {
  for (let i = 0; i < 2; i++) {
    const got = await select({ next: () => iterator.next(), late: () => sleep(1) });
    expect(got.key).toBe("late");
  }
}

describe("an iterator whose next has lost a race goes on with what comes later", () => {
  test("of a listener, until that is closed", async () => {
    await using listener = await TcpListener.bind({ port: 0 });
    const iterator = listener[Symbol.asyncIterator]();
    await loseTwice(iterator);
    await using client = await TcpStream.connect({ port: listener.address.port });
    const { value: server } = await iterator.next();
    expect(server?.remoteAddress).toEqual(client.localAddress);
    await server?.close();
    await listener.close();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test("of a socket's chunks", async () => {
    await using pair = await connectPair();
    const iterator = pair.server[Symbol.asyncIterator]();
    await loseTwice(iterator);
    await pair.client.write("later");
    expect(Buffer.from((await iterator.next()).value ?? []).toString()).toBe("later");
    await pair.client.closeWrite();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test("of a socket's lines", async () => {
    await using pair = await connectPair();
    const iterator = pair.server.lines()[Symbol.asyncIterator]();
    await pair.client.write("half ");
    await loseTwice(iterator);
    await pair.client.write("a line\nrest");
    expect(await iterator.next()).toEqual({ done: false, value: "half a line" });
    await pair.client.closeWrite();
    expect(await iterator.next()).toEqual({ done: false, value: "rest" });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test("of a socket of datagrams, until that is closed", async () => {
    await using server = await UdpSocket.bind();
    await using client = await UdpSocket.connect({ port: server.address.port });
    const iterator = server[Symbol.asyncIterator]();
    await loseTwice(iterator);
    await client.send("later");
    expect(Buffer.from((await iterator.next()).value?.data ?? []).toString()).toBe("later");
    await server.close();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});

test("an iterator can be looped over where it stands, again after a break", async () => {
  await using pair = await connectPair();
  await using listener = await TcpListener.bind({ port: 0 });
  await using socket = await UdpSocket.bind();
  await pair.client.write("skipped\none\ntwo\n");
  await pair.client.closeWrite();
  const lines = pair.server.lines()[Symbol.asyncIterator]();
  expect(await lines.next()).toEqual({ done: false, value: "skipped" });
  const taken: string[] = [];
  for await (const line of lines) {
    taken.push(line);
    break;
  }
  for await (const line of lines) taken.push(line);
  expect(taken).toEqual(["one", "two"]);
  for (const source of [pair.server, listener, socket]) {
    const iterator = source[Symbol.asyncIterator]();
    expect(iterator[Symbol.asyncIterator]()).toBe(iterator as never);
  }
});
