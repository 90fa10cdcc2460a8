import { expect } from "bun:test";
import { Runtime } from "@bascule/core";
import { mapMemory, type MappedMemory } from "@bascule/sys";
import { failureOf } from "../support/failure.ts";
import type { Random } from "../support/random.ts";
import { runtimeOptions } from "../support/settings.ts";
import { storm } from "../support/storm.ts";
import { connectPair, type Pair, unix } from "../support/transports.ts";

const CANARY = 0xa5;
const KEPT = 20;

/**
 * Memory mapped right after a runtime has given its own back, likely at the same addresses: what
 * the kernel writes late shows here.
 */
class Aftermath {
  readonly #kept: MappedMemory[] = [];

  plant(byteLength: number): void {
    const mapped = mapMemory(byteLength);
    mapped.bytes.fill(CANARY);
    this.#kept.push(mapped);
    if (this.#kept.length > KEPT) this.#check(this.#kept.shift());
  }

  checkAll(): void {
    for (const mapped of this.#kept.splice(0)) this.#check(mapped);
  }

  #check(mapped: MappedMemory | undefined): void {
    const touched = mapped?.bytes.findIndex((byte) => byte !== CANARY) ?? -1;
    mapped?.unmap();
    expect(touched).toBe(-1);
  }
}

/** A life of a runtime that ends with so many reads in flight, and bytes coming for some. */
async function liveAndDie(pairs: number, random: Random, aftermath: Aftermath): Promise<number> {
  const sizes = { receiveBuffers: 16, receiveBufferBytes: 4096 };
  const runtime = Runtime.create({ ...runtimeOptions(), ...sizes, canaries: true });
  const reads: Promise<unknown>[] = [];
  await runtime.spawn(async () => {
    const connections: Promise<Pair>[] = [];
    for (let each = 0; each < pairs; each++) connections.push(connectPair(unix));
    for (const { client, server } of await Promise.all(connections)) {
      reads.push(failureOf(client.read()), failureOf(server.readExactly(1 << 20)));
      if (random.chance(0.3)) await client.write(new Uint8Array(random.between(1, 30_000)));
    }
  });
  await runtime.shutdown();
  aftermath.plant(sizes.receiveBuffers * sizes.receiveBufferBytes);
  for (const error of await Promise.all(reads)) {
    expect(error).toMatchObject({ name: "RuntimeClosedError" });
  }
  return reads.length;
}

storm(
  { name: "teardowns with 1,000 reads in flight", counts: { short: 2, long: 100 } },
  async (count, random) => {
    const aftermath = new Aftermath();
    let reads = 0;
    for (let each = 0; each < count; each++) reads += await liveAndDie(500, random, aftermath);
    aftermath.checkAll();
    return `${count} teardowns with ${reads} reads in flight, nothing written afterwards`;
  },
);

storm(
  { name: "teardowns with a few reads in flight", counts: { short: 150, long: 10_000 } },
  async (count, random) => {
    const aftermath = new Aftermath();
    let reads = 0;
    for (let each = 0; each < count; each++) {
      reads += await liveAndDie(random.between(1, 4), random, aftermath);
    }
    aftermath.checkAll();
    return `${count} teardowns with ${reads} reads in flight, nothing written afterwards`;
  },
);
