import { expect } from "bun:test";
import { spawn, timeout, yieldNow } from "@bascule/core";
import type { Lease } from "@bascule/net";
import { select } from "@bascule/sync";
import type { Random } from "../support/random.ts";
import { Random as Generator } from "../support/random.ts";
import { storm } from "../support/storm.ts";
import { type AnyStream, connectPair, tcp, unix } from "../support/transports.ts";

const LANES = 16;
const WRITE_BYTES_MAX = 3000;
const SOURCE_BYTES = 1 << 16;

/** What went into a stream, or came out of it, as it is counted and hashed on the way. */
class Account {
  readonly #hash: Bun.CryptoHasher = new Bun.CryptoHasher("sha256");
  byteCount: number = 0;

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.byteCount += bytes.byteLength;
  }

  close(): string {
    return `${this.byteCount} bytes, ${this.#hash.digest("hex")}`;
  }
}

/** The reasons that the storm has for ending a wait; everything else is a failure. */
const LOST = "lost the race";

/** What a read gives, before anybody has looked at it. */
type Gift =
  Uint8Array | Lease | null | { readonly bytesRead: number; readonly buffer: ArrayBuffer };

/**
 * Starts a read and adds nothing to it: a function around it that awaits would have the bytes for a
 * moment in which the race can still be lost, and its user would have to save them.
 */
function startRead(stream: AnyStream, random: Random, signal: AbortSignal): Promise<Gift> {
  const max = random.between(1, WRITE_BYTES_MAX);
  const kind = random.between(0, 3);
  if (kind === 0) return stream.read({ signal });
  if (kind === 1) return stream.read({ signal, max });
  if (kind === 2) return stream.lease({ signal });
  return stream.readInto(new ArrayBuffer(max), { signal });
}

/** @returns null when the stream has ended */
function unwrap(gift: Gift): Uint8Array | null {
  if (gift === null || gift instanceof Uint8Array) return gift;
  if ("bytesRead" in gift) {
    return gift.bytesRead === 0 ? null : new Uint8Array(gift.buffer, 0, gift.bytesRead);
  }
  using lease = gift;
  return lease.bytes.slice();
}

async function waste(random: Random): Promise<void> {
  for (let count = random.between(0, 3); count > 0; count--) await yieldNow();
}

async function readOrAbort(stream: AnyStream, random: Random): Promise<Gift> {
  const controller = new AbortController();
  const reading = startRead(stream, random, controller.signal);
  void reading.catch(() => LOST);
  await waste(random);
  controller.abort(LOST);
  return await reading;
}

/** @throws LOST, or TimeoutError, when the read lost */
async function readInRace(stream: AnyStream, random: Random): Promise<Gift> {
  const kind = random.between(0, 2);
  if (kind === 0) return await readOrAbort(stream, random);
  if (kind === 1) {
    const ms = random.next() * 0.05;
    return await timeout(ms, (signal) => startRead(stream, random, signal));
  }
  const got = await select({
    bytes: (signal) => startRead(stream, random, signal),
    other: async () => await waste(random),
  });
  if (got.key === "other") throw LOST;
  return got.value;
}

/** Writes until it is told to stop; some writes are aborted, and count as far as they went. */
async function write(
  stream: AnyStream,
  random: Random,
  account: Account,
  isOver: () => boolean,
): Promise<void> {
  const source = new Uint8Array(new ArrayBuffer(SOURCE_BYTES)).map(() => random.between(0, 255));
  while (!isOver()) {
    const start = random.between(0, SOURCE_BYTES - WRITE_BYTES_MAX);
    const bytes = source.subarray(start, start + random.between(1, WRITE_BYTES_MAX));
    const before = stream.bytesWritten;
    const controller = new AbortController();
    const writing = stream.write(bytes, { signal: controller.signal });
    if (random.chance(0.1)) {
      void writing.catch(() => LOST);
      await waste(random);
      controller.abort(LOST);
    }
    try {
      await writing;
    } catch (error) {
      if (error !== LOST) throw error;
    }
    account.add(bytes.subarray(0, stream.bytesWritten - before));
    await waste(random);
  }
  await stream.closeWrite();
}

/** Reads until the stream has ended; the first `races` reads are races. @returns how many lost */
async function read(
  stream: AnyStream,
  random: Random,
  account: Account,
  races: number,
): Promise<number> {
  let lost = 0;
  for (let race = 0; race < races; race++) {
    try {
      const bytes = unwrap(await readInRace(stream, random));
      if (bytes === null) throw new Error(`The stream ended in race ${race}`);
      account.add(bytes);
    } catch (error) {
      if (error !== LOST && (error as Error).name !== "TimeoutError") throw error;
      lost++;
    }
  }
  return lost;
}

async function echo(stream: AnyStream): Promise<void> {
  for await (const chunk of stream) await stream.write(chunk);
  await stream.closeWrite();
}

/** @returns how many reads lost their race, and how many bytes went round */
async function lane(random: Random, races: number, isUnix: boolean): Promise<[number, number]> {
  await using pair = await connectPair(isUnix ? unix : tcp);
  const [sent, received] = [new Account(), new Account()];
  let isOver = false;
  const generator = new Generator(random.between(0, 1e9));
  const echoing = spawn(() => echo(pair.server));
  const writing = spawn(() => write(pair.client, generator, sent, () => isOver));
  const lost = await read(pair.client, random, received, races);
  isOver = true;
  for await (const chunk of pair.client) received.add(chunk);
  await Promise.all([writing, echoing]);
  expect(received.close()).toBe(sent.close());
  return [lost, sent.byteCount];
}

storm(
  {
    name: "aborts, time-outs and selects over echo streams lose no byte and double none",
    counts: { short: 10_000, long: 1_000_000 },
    options: { receiveBuffers: 256 },
  },
  async (count, random) => {
    const lanes = Array.from({ length: LANES }, (_, index) => {
      const own = new Generator(random.between(0, 1e9));
      return spawn(() => lane(own, count / LANES, index % 2 === 0));
    });
    const results = await Promise.all(lanes);
    const lost = results.reduce((sum, [each]) => sum + each, 0);
    const bytes = results.reduce((sum, [, each]) => sum + each, 0);
    expect(lost).toBeGreaterThan(count / 50);
    expect(lost).toBeLessThan(count * 0.98);
    return `${lost} of ${count} reads lost their race, ${bytes} bytes, 0 lost, 0 doubled`;
  },
);
