import { expect, test } from "bun:test";
import { spawn, yieldNow } from "@bascule/core";
import { channel, select } from "@bascule/sync";
import { type Random, withRandom } from "../support/random.ts";
import { type AnyStream, connectPair, tcp, unix } from "../support/transports.ts";

const ROUNDS = 10_000;

/** What a select does to the branch that loses: the wait is started, and aborted at some moment. */
async function readOrLose(stream: AnyStream, random: Random): Promise<Uint8Array | null | "lost"> {
  const controller = new AbortController();
  const { signal } = controller;
  const reading = startRead(stream, random, signal);
  const settled = reading.catch((error: unknown) => {
    if (error === "lost") return "lost" as const;
    throw error;
  });
  const yields = random.between(0, 3);
  for (let i = 0; i < yields; i++) await yieldNow();
  controller.abort("lost");
  return await settled;
}

async function startRead(
  stream: AnyStream,
  random: Random,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const max = random.between(1, 3000);
  const kind = random.between(0, 2);
  if (kind === 0) return await stream.read({ signal, max });
  if (kind === 1) {
    using lease = await stream.lease({ signal });
    return lease === null ? null : lease.bytes.slice();
  }
  const { bytesRead, buffer } = await stream.readInto(new ArrayBuffer(max), { signal });
  return bytesRead === 0 ? null : new Uint8Array(buffer, 0, bytesRead);
}

/** Sends random bytes, in random pieces at random moments, until it is told to stop. */
async function sendRandomly(
  stream: AnyStream,
  random: Random,
  isOver: () => boolean,
): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  while (!isOver()) {
    const bytes = Buffer.alloc(random.between(1, 2000));
    for (let i = 0; i < bytes.length; i++) bytes[i] = random.between(0, 255);
    hash.update(bytes);
    await stream.write(bytes);
    if (random.chance(0.5)) await stream.flush();
    const yields = random.between(0, 4);
    for (let i = 0; i < yields; i++) await yieldNow();
  }
  await stream.closeWrite();
  return hash.digest("hex");
}

test.each([tcp, unix])(
  "10,000 reads that lose a race over $name lose no byte: the stream's hash is exact",
  async (transport) => {
    await withRandom(async (random) => {
      await using pair = await connectPair(transport);
      let isOver = false;
      const sending = spawn(() => sendRandomly(pair.client, random, () => isOver));
      const hash = new Bun.CryptoHasher("sha256");
      let lost = 0;
      let received = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const bytes = await readOrLose(pair.server, random);
        if (bytes === null) throw new Error("The stream ended early");
        if (bytes === "lost") lost++;
        else {
          hash.update(bytes);
          received += bytes.byteLength;
        }
      }
      isOver = true;
      for await (const chunk of pair.server) {
        hash.update(chunk);
        received += chunk.byteLength;
      }
      expect(hash.digest("hex")).toBe(await sending);
      expect(received).toBe(pair.client.bytesWritten);
      expect(lost).toBeGreaterThan(100);
    });
  },
  20_000,
);

test("lines that lose a race come whole, in order, once", async () => {
  await withRandom(async (random) => {
    await using pair = await connectPair(tcp);
    const count = 3000;
    const sending = spawn(async () => {
      for (let i = 0; i < count; i++) {
        const line = `line ${i} ${"x".repeat(random.between(0, 80))}\n`;
        const cut = random.between(0, line.length);
        await pair.client.write(line.slice(0, cut));
        if (random.chance(0.3)) await pair.client.flush();
        await pair.client.write(line.slice(cut));
        if (random.chance(0.2)) await yieldNow();
      }
      await pair.client.closeWrite();
    });
    const lines = pair.server.lines();
    let next = 0;
    while (next < count) {
      const controller = new AbortController();
      const reading = lines.next({ signal: controller.signal }).catch(() => "lost");
      const yields = random.between(0, 2);
      for (let i = 0; i < yields; i++) await yieldNow();
      controller.abort();
      const line = await reading;
      if (line === "lost") continue;
      expect(line?.split(" ")[1]).toBe(String(next));
      next++;
    }
    expect(await lines.next()).toBeNull();
    await sending;
  });
}, 20_000);

test("what a chat does: a select between lines and messages loses neither, in order", async () => {
  await withRandom(async (random) => {
    await using pair = await connectPair(tcp);
    const count = 5000;
    const [outbox, inbox] = channel<number>(16);
    const messages = spawn(async () => {
      for (let i = 0; i < count; i++) {
        await outbox.send(i);
        if (random.chance(0.1)) await yieldNow();
      }
    });
    const typing = spawn(async () => {
      for (let i = 0; i < count; i++) {
        await pair.client.write(`${i}\n`);
        if (random.chance(0.1)) await pair.client.flush();
      }
    });
    const lines = pair.server.lines();
    const next = { line: 0, message: 0 };
    while (next.line < count || next.message < count) {
      const got = await select({
        message: (signal) => inbox.recv({ signal }),
        line: (signal) => lines.next({ signal }),
      });
      expect(Number(got.value)).toBe(next[got.key]);
      next[got.key]++;
    }
    await Promise.all([messages, typing]);
  });
});
