import { describe, expect, test } from "bun:test";
import { type Block, Descriptor, LateWriteError, OperationWait, Runtime } from "@bascule/core";
import type { Lease } from "@bascule/net";
import { createPipe, read, writeDescriptor } from "@bascule/sys";
import { close } from "../support/file-operation.ts";
import { failureOf } from "../support/failure.ts";
import { runtimeOptions } from "../support/settings.ts";
import { connectPair, type Pair, tcp, unix } from "../support/transports.ts";

// A warning is written by what Bun opens for the first one, and keeps.
process.stderr.write("");

/** Runs on a runtime with canaries; what its shutdown throws is passed on. */
async function withCanaries<T>(work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const runtime = Runtime.create({ ...runtimeOptions(), canaries: true });
  try {
    return await runtime.spawn(() => work(runtime));
  } finally {
    await runtime.shutdown();
  }
}

/** A pipe with a byte's worth of what somebody else reads, in memory of the send pool. */
async function readInto(block: Block, text: string, onSubmitted: () => void): Promise<void> {
  const pipe = createPipe();
  if (typeof pipe === "number") throw new Error(`No pipe: ${pipe}`);
  const source = Buffer.from(text);
  const memory = Runtime.current().driver.sendPool.take(source.byteLength);
  memory.bytes.set(source);
  const descriptor = new Descriptor(pipe.first);
  const wait = new OperationWait(Runtime.current(), undefined);
  const operation = wait.prepare(read, descriptor);
  if (operation === null) throw new Error("The wait was aborted");
  operation.address = block.address;
  operation.length = 100;
  wait.submit(operation);
  onSubmitted();
  // Only now can the kernel write to the block.
  writeDescriptor(pipe.second, memory.address, source.byteLength);
  expect(await wait.promise).toBe(source.byteLength);
  Runtime.current().driver.sendPool.give(memory);
  await Promise.all([close(descriptor), close(new Descriptor(pipe.second))]);
}

describe("memory that is given back while the kernel still has it", () => {
  test("is found when it is used again, with the operation that wrote to it", async () => {
    const found = withCanaries(async ({ driver }) => {
      const block = driver.sendPool.take(65_536);
      await readInto(block, "late", () => driver.sendPool.give(block));
      driver.sendPool.take(65_536);
    });
    const error = (await failureOf(found)) as LateWriteError;
    expect(error).toBeInstanceOf(LateWriteError);
    expect(error.message).toContain("byte 0 of the send block at ");
    expect(error.operation).toStartWith("read (operation ");
    expect(error.operation).toEndWith("whose final completion has come");
  });

  test("is found by the shutdown when nobody uses it again", async () => {
    const found = withCanaries(async ({ driver }) => {
      const block = driver.sendPool.take(65_536);
      await readInto(block, "late", () => driver.sendPool.give(block));
    });
    expect(((await failureOf(found)) as LateWriteError).operation).toStartWith("read (");
  });

  test("is no trouble to those that keep the rules", async () => {
    await withCanaries(async ({ driver }) => {
      const block = driver.sendPool.take(65_536);
      await readInto(block, "in time", () => undefined);
      expect(Buffer.from(block.bytes.subarray(0, 7)).toString()).toBe("in time");
      driver.sendPool.give(block);
      expect(driver.sendPool.take(65_536)).toBe(block);
      driver.sendPool.give(block);
    });
  });
});

/** Receives some bytes as a lease, releases it, and writes to what it showed. */
async function writeToStaleLease(pair: Pair, at: number): Promise<void> {
  await pair.client.write(new Uint8Array(8000));
  const lease = (await pair.server.lease()) as Lease;
  const { bytes } = lease;
  lease.release();
  bytes[at] = 1;
}

describe.each([tcp, unix])("a receive buffer over $name that is written to late", (transport) => {
  test("is found, at the latest by the shutdown, with the receive that filled it", async () => {
    for (const at of [0, 4000]) {
      const found = withCanaries(async () => {
        await using pair = await connectPair(transport);
        await writeToStaleLease(pair, at);
      });
      const error = (await failureOf(found)) as LateWriteError;
      expect(error).toBeInstanceOf(LateWriteError);
      expect(error.message).toContain("receive buffer ");
      expect(error.operation).toStartWith("recv (operation ");
    }
  });

  test("is left alone by ordinary traffic, leases and aborts", async () => {
    await withCanaries(async (runtime) => {
      await using pair = await connectPair(transport);
      for (let round = 0; round < 200; round++) {
        const byteLength = 1 + ((round * 977) % 20_000);
        await pair.client.write(new Uint8Array(byteLength).fill(round));
        for (let left = byteLength; left > 0;) {
          using lease = await pair.server.lease();
          expect(lease?.bytes.every((byte) => byte === round)).toBe(true);
          left -= lease?.bytes.byteLength ?? left;
        }
        const waiting = pair.server.read({ signal: AbortSignal.timeout(1), max: 1 });
        await waiting.catch(() => null);
      }
      expect(runtime.driver.ledger.canaries?.found).toBeNull();
    });
  });
});

test("without canaries nothing is poisoned", async () => {
  const runtime = Runtime.create({ ...runtimeOptions(), canaries: false });
  const { sendPool } = runtime.driver;
  const block = sendPool.take(1);
  block.bytes[0] = 42;
  sendPool.give(block);
  expect(sendPool.take(1).bytes[0]).toBe(42);
  sendPool.give(block);
  await runtime.shutdown();
});
