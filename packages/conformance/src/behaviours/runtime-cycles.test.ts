import { expect, test } from "bun:test";
import { Runtime } from "@bascule/core";
import { mapMemory, type MappedMemory } from "@bascule/sys";
import { openDescriptors } from "@bascule/test-support";
import { failureOf } from "../support/failure.ts";
import { runtimeOptions } from "../support/settings.ts";
import { connectPair, type Pair, tcp, unix } from "../support/transports.ts";

const CYCLES = 1000;
const CANARY = 0xa5;
const RECEIVE_BUFFERS = 16;
const RECEIVE_BUFFER_BYTES = 4096;

/**
 * Memory of the size of a runtime's receive pool, mapped right after one was unmapped: the kernel
 * likes to give the same addresses again. A late write of a read that was in flight would show
 * here.
 */
class Canaries {
  readonly #kept: MappedMemory[] = [];

  plant(): void {
    const mapped = mapMemory(RECEIVE_BUFFERS * RECEIVE_BUFFER_BYTES);
    mapped.bytes.fill(CANARY);
    this.#kept.push(mapped);
    if (this.#kept.length > 50) this.#check(this.#kept.shift());
  }

  /** Checks and unmaps what is left. */
  checkAll(): void {
    for (const mapped of this.#kept.splice(0)) this.#check(mapped);
  }

  #check(mapped: MappedMemory | undefined): void {
    if (mapped === undefined) return;
    const touched = mapped.bytes.findIndex((byte) => byte !== CANARY);
    mapped.unmap();
    expect(touched).toBe(-1);
  }
}

/** One life of a runtime, which ends with reads in flight and bytes arriving for them. */
async function liveOnce(): Promise<void> {
  const runtime = Runtime.create({
    ...runtimeOptions(),
    receiveBuffers: RECEIVE_BUFFERS,
    receiveBufferBytes: RECEIVE_BUFFER_BYTES,
  });
  const pending: Promise<unknown>[] = [];
  await runtime.spawn(async () => {
    const pairs: Pair[] = await Promise.all([connectPair(tcp), connectPair(unix)]);
    for (const { client, server } of pairs) {
      await client.write("first");
      await server.readExactly(5);
      pending.push(failureOf(server.readExactly(1 << 20)), failureOf(client.read()));
      await client.write("still on its way when the runtime goes".repeat(100));
      await client.flush();
    }
  });
  await runtime.shutdown();
  await Promise.all(pending);
}

test("1,000 runtimes, each shut down with reads in flight, touch nothing afterwards", async () => {
  const before = openDescriptors();
  const canaries = new Canaries();
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    await liveOnce();
    canaries.plant();
  }
  canaries.checkAll();
  expect(openDescriptors()).toEqual(before);
}, 60_000);

test("two runtimes live side by side and end in either order", async () => {
  const [first, second] = [Runtime.create(runtimeOptions()), Runtime.create(runtimeOptions())];
  const exchange = async (): Promise<string> => {
    await using pair = await connectPair(tcp);
    await pair.client.write("hello");
    return Buffer.from(await pair.server.readExactly(5)).toString();
  };
  expect(await Promise.all([first.spawn(exchange), second.spawn(exchange)])).toEqual([
    "hello",
    "hello",
  ]);
  await first.shutdown();
  expect(await second.spawn(exchange)).toBe("hello");
  await second.shutdown();
});
