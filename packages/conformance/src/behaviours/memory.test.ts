import { describe, expect, test } from "bun:test";
import { Runtime, sleep, yieldNow } from "@bascule/core";
import type { Lease } from "@bascule/net";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { runtimeOptions } from "../support/settings.ts";
import { connectPair, tcp, unix } from "../support/transports.ts";

/** Garbage of the sizes of what is in flight, so that freed memory is used again soon. */
function churn(): number {
  let bytes = 0;
  for (let i = 0; i < 200; i++) bytes += new Uint8Array(1 << (i % 16)).fill(0xee).byteLength;
  Bun.gc(true);
  return bytes;
}

describe.each([tcp, unix])("over $name", (transport) => {
  test("moved buffers that nobody refers to any more survive every collection", async () => {
    await using pair = await connectPair(transport);
    const sizes = [1, 7, 100, 999, 1001, 5000, 70_000, 900_000];
    let total = 0;
    const writes: Promise<unknown>[] = [];
    for (const size of sizes) {
      // Small arrays live in the collector's own heap until their buffer is asked for.
      const array = new Uint8Array(size);
      array.set(patternBytes(total, size));
      writes.push(pair.client.writeFrom(array.buffer).then(({ buffer }) => buffer.byteLength));
      total += size;
    }
    for (let i = 0; i < 5; i++) {
      expect(churn()).toBeGreaterThan(0);
      await yieldNow();
    }
    const reader = new PatternReader();
    let target = new ArrayBuffer(333);
    while (reader.offset < total) {
      const reading = pair.server.readInto(target);
      if (reader.offset % 5 === 0) churn();
      const { buffer, bytesRead } = await reading;
      reader.take(new Uint8Array(buffer, 0, bytesRead));
      target = buffer.byteLength < 100_000 ? new ArrayBuffer(100_000) : buffer;
    }
    expect(await Promise.all(writes)).toEqual(sizes);
  });

  test("small arrays and views into larger ones go out as they are", async () => {
    await using pair = await connectPair(transport);
    const whole = patternBytes(0, 30_000);
    const sending = (async () => {
      for (let at = 0; at < 30_000; at += 10) {
        if (at % 3 === 0) await pair.client.write(whole.subarray(at, at + 10));
        else if (at % 3 === 1) await pair.client.write(Uint8Array.from(whole.slice(at, at + 10)));
        else await pair.client.write(Buffer.from(whole.buffer, at, 10));
        if (at % 5000 === 0) churn();
      }
      await pair.client.closeWrite();
    })();
    const reader = new PatternReader();
    for await (const chunk of pair.server) reader.take(chunk);
    await sending;
    expect(reader.offset).toBe(30_000);
  });
});

test("a lease that outlives its socket still shows its bytes, and goes back once", async () => {
  const pair = await connectPair();
  await pair.client.write("kept");
  const lease = (await pair.server.lease()) as Lease;
  await pair[Symbol.asyncDispose]();
  expect(Buffer.from(lease.bytes).toString()).toBe("kept");
  lease.release();
  lease.release();
  const { receiveBuffers } = Runtime.current().metrics();
  expect(receiveBuffers.free).toBe(receiveBuffers.count);
});

test.each([
  ["a window on foreign memory", { canaries: false }],
  ["in the way of canaries", { canaries: true }],
])("a lease that outlives its runtime is empty, not %s", async (_what, canaries) => {
  const runtime = Runtime.create({ ...runtimeOptions(), ...canaries });
  const lease = await runtime.spawn(async () => {
    const pair = await connectPair();
    // Few bytes would be copied, many are shown where they are.
    await pair.client.write(new Uint8Array(8000));
    return (await pair.server.lease()) as Lease;
  });
  expect(lease.bytes.byteLength).toBeGreaterThan(1000);
  await runtime.shutdown();
  expect(lease.bytes.byteLength).toBe(0);
  lease.release();
});

test("views of leases that were released see other bytes at most, and crash nothing", async () => {
  await using pair = await connectPair();
  const stale: Uint8Array[] = [];
  for (let i = 0; i < 50; i++) {
    await pair.client.write(`message ${i}`);
    using lease = await pair.server.lease();
    if (lease !== null) stale.push(lease.bytes);
  }
  await sleep(1);
  expect(stale.every((view) => view.byteLength > 0)).toBe(true);
});
