import { expect, test } from "bun:test";
import { spawn, timeout, TimeoutError, yieldNow } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";
import { failureOf } from "../support/failure.ts";
import { patternBytes, PatternReader } from "../support/pattern.ts";
import { connectPair, type Pair, tcp } from "../support/transports.ts";

const STALL_BYTES = 1 << 18;

/** Writes until nothing is taken any more. @returns the bytes that will arrive */
async function writeUntilStalled({ client }: Pair): Promise<number> {
  for (let at = 0; ; at += STALL_BYTES) {
    const write = (): Promise<void> => client.write(patternBytes(at, STALL_BYTES));
    const error = await timeout(50, write).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error === null) continue;
    if (!(error instanceof TimeoutError)) throw error;
    return at + ((error as { bytesWritten?: number }).bytesWritten ?? 0);
  }
}

async function readToEnd({ server }: Pair): Promise<number> {
  const reader = new PatternReader();
  for await (const chunk of server) reader.take(chunk);
  return reader.offset;
}

test("an aborted flush leaves everything to be sent", async () => {
  await using pair = await connectPair(tcp);
  const accepted = await writeUntilStalled(pair);
  const controller = new AbortController();
  const flushing = pair.client.flush({ signal: controller.signal });
  await yieldNow();
  controller.abort("not now");
  expect(await failureOf(flushing)).toBe("not now");
  const closing = pair.client.closeWrite();
  expect(await readToEnd(pair)).toBe(accepted);
  await closing;
});

test("an aborted writeFrom hands its buffer back, and says how much of it goes out", async () => {
  await using pair = await connectPair(tcp);
  const accepted = await writeUntilStalled(pair);
  const controller = new AbortController();
  const reclaimed: ArrayBuffer[] = [];
  const buffer = patternBytes(accepted, 1 << 20).slice().buffer;
  const writing = pair.client.writeFrom(buffer, {
    signal: controller.signal,
    reclaim: (back) => void reclaimed.push(back),
  });
  await yieldNow();
  const reason = new Error("enough");
  controller.abort(reason);
  expect(await failureOf(writing)).toBe(reason);
  expect(reclaimed.map((back) => back.byteLength)).toEqual([1 << 20]);
  expect(buffer.detached).toBe(true);
  const { bytesWritten } = reason as Error & { bytesWritten: number };
  expect(pair.client.bytesWritten).toBe(accepted + bytesWritten);
  const closing = pair.client.closeWrite();
  expect(await readToEnd(pair)).toBe(accepted + bytesWritten);
  await closing;
});

test("a writeFrom that is aborted with null rejects with it, and the socket goes on", async () => {
  await using pair = await connectPair(tcp);
  const accepted = await writeUntilStalled(pair);
  const controller = new AbortController();
  const { signal } = controller;
  const writing = [0, 1].map(() =>
    failureOf(pair.client.writeFrom(patternBytes(accepted, 1 << 20).slice().buffer, { signal })),
  );
  await yieldNow();
  controller.abort(null);
  expect(await Promise.all(writing)).toEqual([null, null]);
  const closing = pair.client.closeWrite();
  expect(await readToEnd(pair)).toBeGreaterThanOrEqual(accepted);
  await closing;
});

test("a loop over a socket whose task is aborted takes nothing more", async () => {
  await using pair = await connectPair(tcp);
  const seen: string[] = [];
  const task = spawn(async () => {
    for await (const chunk of pair.server) seen.push(Buffer.from(chunk).toString());
  });
  await pair.client.write("first");
  while (seen.length === 0) await yieldNow();
  task.abort("enough");
  await pair.client.write("kept");
  expect(await failureOf(task)).toBe("enough");
  expect(await pair.server.readExactly(4)).toEqual(Buffer.from("kept"));
  expect(seen).toEqual(["first"]);
});

test("a loop over lines whose task is aborted takes no part of a line", async () => {
  await using pair = await connectPair(tcp);
  const lines = pair.server.lines();
  const seen: string[] = [];
  const task = spawn(async () => {
    for await (const line of lines) seen.push(line);
  });
  await pair.client.write("first\nsec");
  while (seen.length === 0) await yieldNow();
  task.abort("enough");
  await pair.client.write("ond\n");
  expect(await failureOf(task)).toBe("enough");
  expect([...seen, await lines.next()]).toEqual(["first", "second"]);
});

test("a loop over a listener whose task is aborted leaves connections to others", async () => {
  await using listener = await TcpListener.bind({});
  const task = spawn(async () => {
    for await (const stream of listener) await stream.close();
  });
  await yieldNow();
  task.abort("enough");
  await using _client = await TcpStream.connect({ port: listener.address.port });
  expect(await failureOf(task)).toBe("enough");
  await using server = await listener.accept();
  expect(server.isClosed).toBe(false);
});

test("a task that is aborted can still bind, reset and close", async () => {
  const pair = await connectPair(tcp);
  const task = spawn(async () => {
    try {
      await pair.server.read();
    } finally {
      const listener = await TcpListener.bind({});
      await listener.close();
      await pair.server.reset();
      await pair.server.closed;
      await pair.client.close();
      await pair.client.closed;
    }
  });
  await yieldNow();
  task.abort("over");
  expect(await failureOf(task)).toBe("over");
  expect([pair.server.isClosed, pair.client.isClosed]).toEqual([true, true]);
});
