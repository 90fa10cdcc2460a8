import { expect, test } from "bun:test";
import { Descriptor, NO_BUFFER, type Operation, Runtime } from "@bascule/core";
import { ECONNRESET, EPIPE, ETIMEDOUT } from "@bascule/sys";
import { connectPair } from "../test/stream-pair.ts";
import { Inbox } from "./inbox.ts";

const HIGH_BYTES = 64 * 1024;
const SENT_BYTES = 512 * 1024;
/** Less than the mark below which receiving goes on. */
const LEFT_BYTES = 8192;
const LIMIT_MS = 4000;

/** Lets Bun's loop turn until something is so, for a limited time. */
async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!condition() && performance.now() < endMs) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("receiving stops while nobody reads, and goes on once a read has made room", async () => {
  await using pair = await connectPair();
  const { client, server } = pair;
  const writing = client.write(new Uint8Array(SENT_BYTES)).catch(() => undefined);
  let taken = (await server.read({ max: 1 }))?.byteLength ?? 0;
  await until(() => server.bytesRead >= HIGH_BYTES);
  // What was on its way when receiving was cancelled still comes.
  let received = -1;
  for (let quiet = 0; quiet < 20; quiet++) {
    if (server.bytesRead !== received) quiet = 0;
    received = server.bytesRead;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(received).toBeGreaterThanOrEqual(HIGH_BYTES);
  expect(received).toBeLessThan(SENT_BYTES);
  while (received - taken > LEFT_BYTES) {
    taken += (await server.read({ max: received - taken - LEFT_BYTES }))?.byteLength ?? 0;
  }
  await until(() => server.bytesRead > received);
  expect(server.bytesRead).toBeGreaterThan(received);
  await server.reset();
  await writing;
});

test("what a receive took for the end was none when a send is told of a reset", () => {
  for (const [isTcp, result, isReset] of [
    [true, -ECONNRESET, true],
    [true, -EPIPE, false],
    [true, -ETIMEDOUT, false],
    [false, -ECONNRESET, false],
  ] as const) {
    const inbox = new Inbox(Runtime.current(), new Descriptor(0), isTcp);
    inbox.onCompletion({} as Operation, 0, false, NO_BUFFER);
    expect(inbox.read(1)).toBeNull();
    expect(inbox.sendFailed(result)).toBe(result);
    if (isReset) expect(() => inbox.read(1)).toThrow("read ECONNRESET");
    else expect(inbox.read(1)).toBeNull();
  }
});
