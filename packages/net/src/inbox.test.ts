import { expect, test } from "bun:test";
import { connectPair } from "../test/stream-pair.ts";

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
