import { sleep, spawn, yieldNow } from "@bascule/core";
import { SocketClosedError } from "@bascule/net";
import { PatternReader, patternBytes } from "./pattern.ts";
import { Random } from "./random.ts";
import type { AnyStream, Pair } from "./transports.ts";

/** What one side of a connection did before it ended. */
interface Side {
  /** Bytes that were accepted for sending, as far as the writer was told. */
  sent: number;
  readonly reader: PatternReader;
}

/** Failures that follow from somebody having closed, reset or aborted, as the chaos does. */
function isExpected(error: unknown): boolean {
  if (error === "chaos" || error instanceof SocketClosedError) return true;
  const { code } = error as { code?: string };
  // A connection that was reset cannot be shut down any more: ENOTCONN.
  return code === "ECONNRESET" || code === "EPIPE" || code === "ENOTCONN";
}

async function writeAtRandom(stream: AnyStream, random: Random, side: Side): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const size = random.between(1, random.pick([10, 1000, 20_000, 300_000]));
  const data = patternBytes(side.sent, size);
  const before = stream.bytesWritten;
  const writing = startWrite(stream, random, data, signal);
  void writing.catch(isExpected);
  if (random.chance(0.2)) {
    for (let i = random.between(0, 5); i > 0; i--) await yieldNow();
    controller.abort("chaos");
  }
  try {
    await writing;
  } finally {
    // One writer for each stream: what was accepted meanwhile was accepted from this write.
    side.sent += stream.bytesWritten - before;
  }
}

async function startWrite(
  stream: AnyStream,
  random: Random,
  data: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<void> {
  if (random.chance(0.5)) await stream.write(data, { signal });
  else {
    const cut = random.between(0, data.byteLength);
    await stream.write([data.subarray(0, cut), data.subarray(cut)], { signal });
  }
  if (random.chance(0.3)) await stream.flush({ signal });
}

/** @returns whether the stream goes on */
async function readAtRandom(stream: AnyStream, random: Random, side: Side): Promise<boolean> {
  const controller = new AbortController();
  const { signal } = controller;
  const reading = startRead(stream, random, signal);
  void reading.catch(isExpected);
  if (random.chance(0.4)) {
    for (let i = random.between(0, 5); i > 0; i--) await yieldNow();
    controller.abort("chaos");
  }
  const bytes = await reading;
  if (bytes === null) return false;
  side.reader.take(bytes);
  return true;
}

async function startRead(
  stream: AnyStream,
  random: Random,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const max = random.between(1, random.pick([1, 100, 5000, 200_000]));
  const kind = random.between(0, 3);
  if (kind === 0) return await stream.read({ signal });
  if (kind === 1) return await stream.read({ signal, max });
  if (kind === 2) {
    using lease = await stream.lease({ signal });
    if (random.chance(0.3)) await yieldNow();
    return lease === null ? null : lease.bytes.slice();
  }
  const { bytesRead, buffer } = await stream.readInto(new ArrayBuffer(max), { signal });
  return bytesRead === 0 ? null : new Uint8Array(buffer, 0, bytesRead);
}

/** Does `step` until it says false, time is up, or the stream is gone; aborted steps go on. */
async function repeatedly(isOver: () => boolean, step: () => Promise<boolean>): Promise<void> {
  while (!isOver()) {
    try {
      if (!(await step())) return;
    } catch (error) {
      if (!isExpected(error)) throw error;
      if (error !== "chaos") return;
    }
  }
}

/**
 * Writes, reads, aborts, stalls, closes and resets at random on both sides of a connection, and
 * checks that each side receives exactly a beginning of what the other sent: all of it where both
 * ended well.
 */
export async function chaosOn(pair: Pair, random: Random, isOver: () => boolean): Promise<void> {
  const ends = [pair.client, pair.server] as const;
  const sides = ends.map((): Side => ({ sent: 0, reader: new PatternReader() }));
  const workers = ends.flatMap((stream, index) => {
    const side = sides[index] as Side;
    // A generator for each worker: their turns may come in another order, their choices do not.
    const [reads, writes] = [
      new Random(random.between(0, 1e9)),
      new Random(random.between(0, 1e9)),
    ];
    const writing = spawn(async () => {
      await repeatedly(isOver, async () => {
        await writeAtRandom(stream, writes, side);
        if (writes.chance(0.1)) await sleep(writes.next() * 2);
        return true;
      });
      if (!stream.isClosed) await stream.closeWrite().catch(rethrowUnexpected);
    });
    const reading = spawn(async () => {
      await repeatedly(
        () => false,
        async () => {
          if (reads.chance(0.05)) await sleep(reads.next() * 2);
          return await readAtRandom(stream, reads, side);
        },
      );
    });
    return [writing, reading];
  });
  const isViolent = random.chance(0.3);
  if (isViolent) {
    await sleep(random.next() * 30);
    const victim = random.pick(ends);
    await (random.chance(0.5)
      ? victim.reset()
      : victim.close({ lingerMs: 5 }).catch(rethrowUnexpected));
  }
  await Promise.all(workers);
  checkBoth(sides, isViolent);
}

function checkBoth(sides: readonly Side[], isViolent: boolean): void {
  const [client, server] = sides as [Side, Side];
  for (const [sender, receiver] of [
    [client, server],
    [server, client],
  ] as const) {
    const { offset } = receiver.reader;
    if (offset > sender.sent) throw new Error(`Received ${offset} bytes of ${sender.sent}`);
    if (!isViolent && offset !== sender.sent) {
      throw new Error(`Lost bytes: received ${offset} of ${sender.sent}`);
    }
  }
}

function rethrowUnexpected(error: unknown): void {
  if (!isExpected(error)) throw error;
}
