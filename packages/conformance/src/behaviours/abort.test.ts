import { describe, expect, test } from "bun:test";
import { Runtime, spawn, timeout, TimeoutError, yieldNow } from "@bascule/core";
import { TcpStream } from "@bascule/net";
import { eventually } from "@bascule/test-support";
import { failureOf } from "../support/failure.ts";
import { patternBytes } from "../support/pattern.ts";
import { type AnyStream, connectPair, tcp, transports } from "../support/transports.ts";

/** Every wait that a stream offers for its receiving side. */
const reads: readonly [string, (stream: AnyStream, signal: AbortSignal) => Promise<unknown>][] = [
  ["read", (stream, signal) => stream.read({ signal })],
  ["readExactly", (stream, signal) => stream.readExactly(4, { signal })],
  ["readInto", (stream, signal) => stream.readInto(new ArrayBuffer(16), { signal })],
  ["lease", (stream, signal) => stream.lease({ signal })],
  ["lines().next", (stream, signal) => stream.lines().next({ signal })],
];

describe.each(reads)("%s", (_name, wait) => {
  test("with a signal that is aborted already takes nothing", async () => {
    await using pair = await connectPair();
    await pair.client.write("-kept");
    await pair.server.readExactly(1);
    await eventually(() => pair.server.bytesRead === 5, 1000);
    expect(await failureOf(wait(pair.server, AbortSignal.abort("before")))).toBe("before");
    expect(await pair.server.readExactly(4)).toEqual(Buffer.from("kept"));
  });

  test("aborted while it waits rejects with the reason, and what comes later is kept", async () => {
    await using pair = await connectPair();
    const controller = new AbortController();
    const waiting = wait(pair.server, controller.signal);
    await yieldNow();
    controller.abort("while waiting");
    expect(await failureOf(waiting)).toBe("while waiting");
    await pair.client.write("kept");
    expect(await pair.server.readExactly(4)).toEqual(Buffer.from("kept"));
  });

  test("aborted between arrival and delivery takes nothing", async () => {
    await using pair = await connectPair();
    const controller = new AbortController();
    const waiting = wait(pair.server, controller.signal);
    waiting.catch(() => undefined);
    await pair.client.write("kept\n");
    await pair.client.flush();
    // Turned by hand, the driver delivers to the socket, but no task has its turn.
    const { driver } = Runtime.current();
    const endMs = performance.now() + 2000;
    while (pair.server.bytesRead < 5 && performance.now() < endMs) driver.turn(10);
    controller.abort("late");
    expect(await failureOf(waiting)).toBe("late");
    expect(await pair.server.readExactly(5)).toEqual(Buffer.from("kept\n"));
  });

  test("aborted after delivery is too late to matter", async () => {
    await using pair = await connectPair();
    const controller = new AbortController();
    await pair.client.write("here\n");
    const taken = (await wait(pair.server, controller.signal)) as { release?: () => void };
    taken.release?.();
    controller.abort();
    await pair.client.write("next");
    await pair.client.closeWrite();
    const rest: Uint8Array[] = [];
    for await (const chunk of pair.server) rest.push(chunk);
    expect(Buffer.concat(rest).toString().trim()).toBe("next");
  });

  test("of a task that is aborted rejects with the task's reason", async () => {
    await using pair = await connectPair();
    const task = spawn(() => wait(pair.server, new AbortController().signal));
    await yieldNow();
    task.abort("task");
    expect(await failureOf(task)).toBe("task");
  });

  test("in a timeout rejects with the TimeoutError", async () => {
    await using pair = await connectPair();
    const error = await failureOf(timeout(1, (signal) => wait(pair.server, signal)));
    expect(error).toBeInstanceOf(TimeoutError);
  });
});

test("an aborted readInto hands its buffer back to reclaim, whole", async () => {
  await using pair = await connectPair();
  const controller = new AbortController();
  let reclaimed: ArrayBuffer | undefined;
  const waiting = pair.server.readInto(new ArrayBuffer(32), {
    signal: controller.signal,
    reclaim: (buffer) => void (reclaimed = buffer),
  });
  controller.abort("stop");
  expect(await failureOf(waiting)).toBe("stop");
  expect([reclaimed?.byteLength, reclaimed?.detached]).toEqual([32, false]);
});

describe.each(transports)("over $name", (transport) => {
  test("an aborted accept leaves the connection to the next one", async () => {
    await using endpoint = await transport.listen();
    const controller = new AbortController();
    const lost = endpoint.accept({ signal: controller.signal });
    await yieldNow();
    controller.abort("stop");
    expect(await failureOf(lost)).toBe("stop");
    await using _client = await endpoint.connect();
    await using server = await endpoint.accept();
    expect(server.isClosed).toBe(false);
  });

  test("an accept that is aborted as the connection arrives leaks no descriptor", async () => {
    await using endpoint = await transport.listen();
    for (let round = 0; round < 100; round++) {
      const controller = new AbortController();
      const accepting = endpoint.accept({ signal: controller.signal }).catch(() => null);
      const connecting = endpoint.connect();
      for (let i = 0; i < round % 5; i++) await yieldNow();
      controller.abort("race");
      await using _client = await connecting;
      await using _server = (await accepting) ?? (await endpoint.accept());
    }
  });

  test("closing a listener closes connections that nobody accepted", async () => {
    const endpoint = await transport.listen();
    const clients = await Promise.all(Array.from({ length: 10 }, () => endpoint.connect()));
    const first = await endpoint.accept();
    await first.close();
    await endpoint[Symbol.asyncDispose]();
    for (const client of clients) {
      expect(await client.read().catch(() => null)).toBeNull();
      await client.close();
    }
  });

  test("an aborted connect leaves no socket behind, wherever the abort hits", async () => {
    await using endpoint = await transport.listen();
    for (let round = 0; round < 50; round++) {
      const controller = new AbortController();
      const connecting = endpoint.connect({ signal: controller.signal });
      const ended = connecting.then(
        (stream) => stream.close().then(() => "connected"),
        (error: unknown) => error,
      );
      for (let i = 0; i < round % 6; i++) await yieldNow();
      controller.abort("race");
      expect(["connected", "race"]).toContain(String(await ended));
    }
  });
});

test("a connect that nobody answers ends at its time-out, and closes its socket", async () => {
  // A listener whose backlog is full does not answer any more.
  await using listener = await fullListener();
  // The kernel itself would go on trying for two minutes, and then say ETIMEDOUT.
  const error = await failureOf(TcpStream.connect({ port: listener.port, timeoutMs: 50 }));
  expect(error).toBeInstanceOf(TimeoutError);
});

test("a connect that nobody answers is aborted by its signal", async () => {
  await using listener = await fullListener();
  const controller = new AbortController();
  const connecting = TcpStream.connect({ port: listener.port, signal: controller.signal });
  await yieldNow();
  controller.abort("enough");
  expect(await failureOf(connecting)).toBe("enough");
});

test("a moved buffer that is being sent comes back only when the kernel has let go", async () => {
  await using pair = await connectPair(tcp);
  const controller = new AbortController();
  const size = 24 << 20;
  let reclaimed: ArrayBuffer | undefined;
  const reason = new Error("enough") as Error & { bytesWritten?: number };
  const writing = pair.client.writeFrom(patternBytes(0, size).buffer, {
    signal: controller.signal,
    reclaim: (buffer) => void (reclaimed = buffer),
  });
  await pair.server.readExactly(1 << 20);
  controller.abort(reason);
  expect(await failureOf(writing)).toBe(reason);
  const { bytesWritten } = reason;
  if (bytesWritten === undefined || reclaimed === undefined) throw new Error("Nothing came back");
  expect(bytesWritten).toBeLessThan(size);
  expect(pair.client.bytesWritten).toBe(bytesWritten);
  new Uint8Array(reclaimed).fill(0);
  await pair.client.closeWrite();
  let received = 1 << 20;
  for (let bytes = await pair.server.read(); bytes !== null; bytes = await pair.server.read()) {
    const expected = patternBytes(received, bytes.byteLength);
    expect(Buffer.compare(bytes, expected)).toBe(0);
    received += bytes.byteLength;
  }
  expect(received).toBe(bytesWritten);
});

/** A listener that accepts nothing, with its backlog full. */
async function fullListener(): Promise<{ port: number } & AsyncDisposable> {
  const { TcpListener } = await import("@bascule/net");
  const listener = await TcpListener.bind({ backlog: 1 });
  const { port } = listener.address;
  const fillers: TcpStream[] = [];
  for (let i = 0; i < 8; i++) {
    const filler = await TcpStream.connect({ port, timeoutMs: 100 }).catch(() => null);
    if (filler === null) break;
    fillers.push(filler);
  }
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      await listener.close();
      for (const filler of fillers) await filler.reset();
    },
  };
}
