import { expect } from "bun:test";
import { Runtime, sleep, spawn } from "@bascule/core";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { storm } from "../support/storm.ts";
import { connectPair, unix } from "../support/transports.ts";

const PAIRS = 120;
const BYTES = 40;

storm(
  {
    name: "bursts of completions into a queue of 16 entries lose none",
    counts: { short: 20, long: 1000 },
    // Four entries for submissions make sixteen for completions; a burst is 240 of them.
    options: { queueEntries: 4, receiveBuffers: 512, receiveBufferBytes: 4096 },
  },
  async (count, random) => {
    const pairs = await Promise.all(Array.from({ length: PAIRS }, () => connectPair(unix)));
    const ends = pairs.flatMap(({ client, server }) => [
      { from: client, to: server, reader: new PatternReader() },
      { from: server, to: client, reader: new PatternReader() },
    ]);
    for (let burst = 1; burst <= count; burst++) {
      const reads = ends.map(({ to, reader }) =>
        spawn(async () => reader.take(await to.readExactly(BYTES))),
      );
      if (random.chance(0.5)) await sleep(0);
      for (const { from, reader } of ends) await from.write(patternBytes(reader.offset, BYTES));
      await Promise.all(reads);
    }
    for (const pair of pairs) await pair[Symbol.asyncDispose]();
    const received = ends.reduce((sum, { reader }) => sum + reader.offset, 0);
    expect(received).toBe(count * BYTES * ends.length);
    const { completed, submitted } = Runtime.current().metrics().operations;
    return `${submitted} operations, ${completed} final completions, ${received} bytes`;
  },
);
