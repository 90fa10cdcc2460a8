import { describe, expect, test } from "bun:test";
import type { Descriptor } from "@bascule/core";
import {
  getSocketOption,
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NODELAY,
} from "@bascule/sys";
import { ipv6Test } from "@bascule/test-support";
import { failureOf } from "../test/settled.ts";
import { connectPair } from "../test/stream-pair.ts";
import { TcpListener, TcpStream, UnixStream } from "./index.ts";

/** What the kernel has for an option of a socket; 0 or 1 for a switch. */
function optionOf(stream: TcpStream, level: number, option: number): number {
  const { fd } = Reflect.get(stream, "descriptor") as Descriptor;
  return getSocketOption(fd, level, option);
}

/** Whether probes are sent, their idle and interval seconds, and how many there are. */
function keepAliveOf(stream: TcpStream): number[] {
  return [
    optionOf(stream, SOL_SOCKET, SO_KEEPALIVE),
    optionOf(stream, IPPROTO_TCP, TCP_KEEPIDLE),
    optionOf(stream, IPPROTO_TCP, TCP_KEEPINTVL),
    optionOf(stream, IPPROTO_TCP, TCP_KEEPCNT),
  ];
}

test("Nagle's algorithm is off on both sides, until it is asked for", async () => {
  await using pair = await connectPair();
  for (const stream of [pair.client, pair.server]) {
    expect(optionOf(stream, IPPROTO_TCP, TCP_NODELAY)).toBe(1);
    stream.setNoDelay(false);
    expect(optionOf(stream, IPPROTO_TCP, TCP_NODELAY)).toBe(0);
    stream.setNoDelay();
    expect(optionOf(stream, IPPROTO_TCP, TCP_NODELAY)).toBe(1);
  }
});

describe("keep-alive", () => {
  test("is off, then what was asked for in seconds, rounded up", async () => {
    await using pair = await connectPair();
    const [isOn, idle, interval, count] = keepAliveOf(pair.client);
    expect(isOn).toBe(0);
    pair.client.setKeepAlive({});
    expect(keepAliveOf(pair.client)).toEqual([1, idle, interval, count] as number[]);
    pair.client.setKeepAlive({ idleMs: 6001, intervalMs: 1, count: 4 });
    expect(keepAliveOf(pair.client)).toEqual([1, 7, 1, 4]);
    pair.client.setKeepAlive({ idleMs: 9000 });
    expect(keepAliveOf(pair.client)).toEqual([1, 9, 1, 4]);
    pair.client.setKeepAlive(false);
    expect(keepAliveOf(pair.client)).toEqual([0, 9, 1, 4]);
  });

  test("refuses times that are none, and changes nothing then", async () => {
    await using pair = await connectPair();
    for (const idleMs of [0, -1, Number.NaN, "soon"]) {
      expect(() => pair.client.setKeepAlive({ idleMs: idleMs as number })).toThrow(
        new RangeError(`Cannot use idleMs "${idleMs}": pass milliseconds above 0`),
      );
    }
    expect(() => pair.client.setKeepAlive({ idleMs: 1000, intervalMs: 0 })).toThrow(
      new RangeError('Cannot use intervalMs "0": pass milliseconds above 0'),
    );
    expect(optionOf(pair.client, SOL_SOCKET, SO_KEEPALIVE)).toBe(0);
  });

  test("refuses a number of probes that the kernel would not take as it is", async () => {
    await using pair = await connectPair();
    for (const count of [0, 1.5, 128, 2 ** 32 + 3, Number.NaN]) {
      expect(() => pair.client.setKeepAlive({ count })).toThrow(
        new RangeError(`Cannot use count "${count}": pass a whole number from 1 to 127`),
      );
    }
  });

  test("passes on what the kernel refuses, and never another time than was asked for", async () => {
    await using pair = await connectPair();
    for (const idleMs of [32_768_000, 2 ** 32 * 1000 + 5000, Infinity]) {
      expect(() => pair.client.setKeepAlive({ idleMs })).toThrow("setsockopt EINVAL");
    }
  });
});

test("reads at the same time have a wait each, also after others", async () => {
  await using pair = await connectPair();
  const text = async (reading: Promise<Uint8Array | null>): Promise<string> =>
    new TextDecoder().decode((await reading) ?? undefined);
  for (let round = 0; round < 3; round++) {
    const aborted = new AbortController();
    const first = text(pair.client.read({ max: 1 }));
    const unwanted = failureOf(pair.client.read({ max: 1, signal: aborted.signal }));
    const others = [1, 1, 2].map((max) => text(pair.client.read({ max })));
    aborted.abort("unwanted");
    await pair.server.write("abcde");
    expect(await Promise.all([first, ...others])).toEqual(["a", "b", "c", "de"]);
    expect(await unwanted).toBe("unwanted");
  }
});

test("what was read is kept alive by nobody but the reader", async () => {
  await using pairs = new AsyncDisposableStack();
  const received: WeakRef<Uint8Array>[] = [];
  for (let i = 0; i < 20; i++) {
    const { client, server } = pairs.use(await connectPair());
    const reading = client.read();
    await server.write(new Uint8Array(16_384));
    received.push(new WeakRef((await reading) ?? new Uint8Array()));
  }
  Bun.gc(true);
  const alive = received.filter((reference) => reference.deref() !== undefined);
  expect(alive.length).toBeLessThan(10);
});

test("options of a closed socket are refused: its number may be another's", async () => {
  await using pair = await connectPair();
  await pair.client.close();
  const refusal = "Cannot set an option of the socket: it is closed";
  expect(() => pair.client.setNoDelay()).toThrow(refusal);
  expect(() => pair.client.setKeepAlive(false)).toThrow(refusal);
});

describe("connecting", () => {
  test("refuses port 0 and an aborted signal before anything is opened", async () => {
    expect(await failureOf(TcpStream.connect({ port: 0 }))).toEqual(
      new RangeError('Cannot use port "0": pass a whole number from 1 to 65535'),
    );
    const signal = AbortSignal.abort("no");
    expect(await failureOf(TcpStream.connect({ port: 1, signal }))).toBe("no");
  });

  test("gives up after its time, all addresses of a name together", async () => {
    await using listener = await TcpListener.bind({ backlog: 1 });
    const { port } = listener.address;
    await using waiting = new AsyncDisposableStack();
    for (let i = 0; i < 2; i++) waiting.use(await TcpStream.connect({ port }));
    const options = { port, hostname: "localhost", timeoutMs: 20 };
    expect(await failureOf(TcpStream.connect(options))).toMatchObject({
      name: "TimeoutError",
      code: "ETIMEDOUT",
      message: "Timed out after 20 ms",
    });
  });

  test("rejects with the reason of an abort, also where that is a system error", async () => {
    const reason = await failureOf(UnixStream.connect({ path: "\0bascule-nobody" }));
    await using listener = await TcpListener.bind();
    const { port } = listener.address;
    const controller = new AbortController();
    const { signal } = controller;
    const connecting = TcpStream.connect({ port, hostname: "localhost", signal });
    controller.abort(reason);
    expect(await failureOf(connecting)).toBe(reason);
  });

  ipv6Test("says both addresses of a name that refuses, the first one first", async () => {
    const listener = await TcpListener.bind();
    const { port } = listener.address;
    await listener.close();
    const error = await failureOf(TcpStream.connect({ port, hostname: "localhost" }));
    expect(error).toMatchObject({
      name: "AggregateError",
      code: "ECONNREFUSED",
      message: `connect ECONNREFUSED 127.0.0.1:${port}; connect ECONNREFUSED ::1:${port}`,
    });
  });

  ipv6Test("goes on to the next address of a name", async () => {
    await using listener = await TcpListener.bind({ hostname: "::1" });
    const { port } = listener.address;
    await using client = await TcpStream.connect({ port, hostname: "localhost" });
    expect(client.remoteAddress).toEqual(listener.address);
  });
});
