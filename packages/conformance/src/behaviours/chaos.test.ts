import { describe, expect, test } from "bun:test";
import { Runtime, type RuntimeOptions, spawn } from "@bascule/core";
import { chaosOn } from "../support/chaos.ts";
import { Random, withRandom } from "../support/random.ts";
import { runtimeOptions } from "../support/settings.ts";
import { connectPair, tcp, unix } from "../support/transports.ts";

const CONNECTIONS = 24;
/** How long each machine is shaken; longer by hand, to look for what is rare. */
const CHAOS_MS = Number(Bun.env["BASCULE_TEST_CHAOS_MS"] ?? 700);

/** Machines of several sizes; the small ones run out of everything all the time. */
const machines: readonly [string, RuntimeOptions][] = [
  ["with the usual sizes", {}],
  ["with 16 receive buffers", { receiveBuffers: 16, receiveBufferBytes: 4096 }],
  ["with queues of 8 entries", { queueEntries: 8 }],
  ["with no time for a tick", { tickMsMax: 0 }],
  ["with canaries in memory that nobody holds", { canaries: true, receiveBuffers: 64 }],
];

async function chaos(random: Random): Promise<number> {
  const endMs = performance.now() + CHAOS_MS;
  const isOver = (): boolean => performance.now() > endMs;
  let rounds = 0;
  const connections = Array.from({ length: CONNECTIONS }, (_, index) => {
    const own = new Random(random.between(0, 1e9));
    return spawn(async () => {
      // A machine so busy that the first round takes all of the time still has to manage a second.
      for (let round = 0; round < 2 || !isOver(); round++) {
        await using pair = await connectPair(index % 3 === 0 ? unix : tcp);
        const roundEndMs = performance.now() + own.between(5, 200);
        await chaosOn(pair, own, () => performance.now() > roundEndMs);
        rounds++;
      }
    });
  });
  await Promise.all(connections);
  return rounds;
}

describe.each(machines)(
  "reads, writes, aborts, closes and resets at random, %s",
  (_name, options) => {
    test(
      "lose no byte, double none, and leave nothing behind",
      async () => {
        await withRandom(async (random) => {
          const runtime = Runtime.create({ ...runtimeOptions(), ...options });
          const rounds = await runtime.spawn(() => chaos(random));
          expect(rounds).toBeGreaterThan(CONNECTIONS);
          const { operations, receiveBuffers, sendBlocksTaken, timers, tasks } = runtime.metrics();
          await runtime.shutdown();
          expect({
            operations: operations.inFlight,
            sendBlocksTaken,
            timers: timers.armed,
          }).toEqual({
            operations: 0,
            sendBlocksTaken: 0,
            timers: 0,
          });
          expect([receiveBuffers.free, tasks.live]).toEqual([receiveBuffers.count, 0]);
        });
      },
      CHAOS_MS + 15_000,
    );
  },
);
