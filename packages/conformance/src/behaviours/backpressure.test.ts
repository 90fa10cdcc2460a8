import { describe, expect, test } from "bun:test";
import { Runtime, sleep, spawn, timeout, TimeoutError, yieldNow } from "@bascule/core";
import type { TcpStream, UnixStream } from "@bascule/net";
import { eventually } from "@bascule/test-support";
import { failureOf } from "../support/failure.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { runtimeOptions } from "../support/settings.ts";
import { connectPair, type Pair, tcp, unix } from "../support/transports.ts";

const CHUNK = 64 * 1024;
const SMALL = 3000;
/** So many polls are followed by a turn of the driver. */
const POLLS_PER_TURN = 128;

/**
 * Writes until the peer's unread bytes fill everything. The peer has read once, so that it is
 * receiving: it must stop by itself. @returns how much was accepted
 */
async function writeUntilStalled(pair: Pair): Promise<number> {
  await pair.client.write(patternBytes(0, 1));
  await pair.server.readExactly(1);
  for (let at = 1; ; at += CHUNK) {
    const error = await timeout(100, () => pair.client.write(patternBytes(at, CHUNK))).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error === null) continue;
    if (!(error instanceof TimeoutError)) throw error;
    return at + ((error as { bytesWritten?: number }).bytesWritten ?? 0);
  }
}

/** Whether what was written has left after two turns of the driver. */
async function leaves(stream: TcpStream | UnixStream): Promise<boolean> {
  for (let polls = 0; polls < 2 * POLLS_PER_TURN && stream.bytesBuffered > 0; polls++) {
    await yieldNow();
  }
  return stream.bytesBuffered === 0;
}

async function chunkFrom(stream: TcpStream | UnixStream): Promise<Uint8Array> {
  const chunk = await stream.read();
  if (chunk === null) throw new Error("the stream ends too early");
  return chunk;
}

function readerFrom(offset: number): PatternReader {
  const reader = new PatternReader();
  reader.offset = offset;
  return reader;
}

describe.each([tcp, unix])("over $name", (transport) => {
  test("a reader that stalls makes the writer wait, with bounded memory", async () => {
    await using pair = await connectPair(transport);
    const accepted = await writeUntilStalled(pair);
    expect(accepted).toBeLessThan(16 << 20);
    expect(pair.client.bytesBuffered).toBeLessThanOrEqual(256 * 1024);
    expect(pair.server.bytesRead).toBeLessThanOrEqual(512 * 1024);
    const { receiveBuffers, sendBlocksTaken } = Runtime.current().metrics();
    expect(receiveBuffers.count - receiveBuffers.free).toBeLessThanOrEqual(128);
    expect(sendBlocksTaken).toBeLessThanOrEqual(8);
  });

  test("writes that leave one by one arrive whole and in order in a full socket", async () => {
    await using pair = await connectPair(transport);
    let written = 0;
    const write = (): void => {
      void pair.client.write(patternBytes(written, SMALL));
      written += SMALL;
    };
    do write();
    while (await leaves(pair.client));
    for (let more = 0; more < 10; more++) {
      write();
      await yieldNow();
    }
    expect(pair.client.bytesBuffered).toBeGreaterThan(0);
    const reader = readerFrom(0);
    while (reader.offset < written) reader.take(await chunkFrom(pair.server));
    expect(pair.client.bytesBuffered).toBe(0);
    write();
    while (reader.offset < written) reader.take(await chunkFrom(pair.server));
    expect(Runtime.current().metrics().sendBlocksTaken).toBe(0);
  });

  test("a reader that goes on gets every byte, those of the aborted write included", async () => {
    await using pair = await connectPair(transport);
    const accepted = await writeUntilStalled(pair);
    const writing = spawn(async () => {
      await pair.client.write(patternBytes(accepted, CHUNK));
      await pair.client.closeWrite();
    });
    const reader = readerFrom(1);
    for await (const chunk of pair.server) reader.take(chunk);
    await writing;
    expect(reader.offset).toBe(accepted + CHUNK);
  });
});

test("a peer that nobody reads stops being received, however long it is left alone", async () => {
  await using pair = await connectPair();
  await writeUntilStalled(pair);
  const before = pair.server.bytesRead;
  for (let i = 0; i < 100; i++) await yieldNow();
  await sleep(5);
  expect(pair.server.bytesRead).toBe(before);
});

test("an aborted readExactly of very much does not leave the door open for it", async () => {
  await using pair = await connectPair();
  const controller = new AbortController();
  const reading = pair.server.readExactly(64 << 20, { signal: controller.signal });
  const failed = failureOf(reading);
  await pair.client.write(patternBytes(0, 100_000));
  expect(await eventually(() => pair.server.bytesRead === 100_000, 2000)).toBe(true);
  controller.abort("too much");
  expect(await failed).toBe("too much");
  const writing = pair.client.write(patternBytes(100_000, 64 << 20)).catch(() => "reset");
  await sleep(50);
  expect(pair.server.bytesRead).toBeLessThan(2 << 20);
  const reader = new PatternReader();
  while (reader.offset < 1 << 20) reader.take((await pair.server.read()) ?? new Uint8Array());
  await pair.client.reset();
  await writing;
});

test.each([60_000, 65_536])(
  "readExactly of %p bytes goes on receiving when fewer are left of what stalled",
  async (size) => {
    await using pair = await connectPair();
    const { client, server } = pair;
    const accepted = await writeUntilStalled(pair);
    const reader = readerFrom(1);
    for (
      let unread = server.bytesRead - 1;
      unread > 30_000;
      unread = server.bytesRead - reader.offset
    ) {
      reader.take((await server.read({ max: unread - 30_000 })) ?? new Uint8Array());
    }
    reader.take(await timeout(2000, () => server.readExactly(size)));
    expect(reader.offset).toBeLessThan(accepted);
    await client.reset();
  },
);

test("stalled readers take no buffers away from the others", async () => {
  const options = { ...runtimeOptions(), receiveBuffers: 64, receiveBufferBytes: 4096 };
  const runtime = Runtime.create(options);
  await runtime.spawn(async () => {
    const stalled = await Promise.all(Array.from({ length: 8 }, () => connectPair()));
    await Promise.all(stalled.map(writeUntilStalled));
    await using lively = await connectPair();
    for (let at = 0; at < 200; at++) {
      await lively.client.write(patternBytes(at * 1000, 1000));
      const bytes = await timeout(1000, () => lively.server.readExactly(1000));
      expect(Buffer.compare(bytes, patternBytes(at * 1000, 1000))).toBe(0);
    }
    for (const pair of stalled) await pair[Symbol.asyncDispose]();
  });
  const { receiveBuffers } = runtime.metrics();
  expect(receiveBuffers.free).toBe(receiveBuffers.count);
  await runtime.shutdown();
});

test("writers that wait are served in the order of asking, and none overtakes", async () => {
  await using pair = await connectPair();
  const first = await writeUntilStalled(pair);
  const size = 100_000;
  const writers = Array.from({ length: 10 }, (_, index) =>
    pair.client.write(patternBytes(first + index * size, size)),
  );
  const reader = readerFrom(1);
  const reading = (async () => {
    while (reader.offset < first + 10 * size) {
      const bytes = await pair.server.read();
      if (bytes === null) throw new Error("The stream ended early");
      reader.take(bytes);
    }
  })();
  await Promise.all(writers);
  await reading;
  expect(reader.offset).toBe(first + 10 * size);
});

test.each([2000, 200_000])(
  "flush does not wait for what is written behind it, %p bytes over and over",
  async (size) => {
    await using pair = await connectPair();
    const { client, server } = pair;
    const controller = new AbortController();
    const writing = spawn(async () => {
      while (!controller.signal.aborted) await client.write(new Uint8Array(size));
      await client.closeWrite();
    });
    const reading = spawn(async () => {
      for await (const chunk of server) if (chunk.byteLength === 0) return;
    });
    for (let i = 0; i < 20; i++) {
      const accepted = client.bytesWritten;
      await timeout(5000, () => client.flush());
      expect(client.bytesWritten - client.bytesBuffered).toBeGreaterThanOrEqual(accepted);
    }
    controller.abort();
    await Promise.all([writing, reading]);
  },
);

test("a write that is aborted while it waits says how much of it goes out", async () => {
  await using pair = await connectPair();
  const before = await writeUntilStalled(pair);
  const controller = new AbortController();
  const reason = new Error("enough");
  const writing = pair.client.write(patternBytes(before, 1 << 20), { signal: controller.signal });
  await yieldNow();
  controller.abort(reason);
  expect(await failureOf(writing)).toBe(reason);
  const { bytesWritten } = reason as Error & { bytesWritten: number };
  expect(bytesWritten).toBeLessThan(1 << 20);
  expect(pair.client.bytesWritten).toBe(before + bytesWritten);
  const drained = pair.client.closeWrite();
  const reader = readerFrom(1);
  for await (const chunk of pair.server) reader.take(chunk);
  await drained;
  expect(reader.offset).toBe(before + bytesWritten);
});
