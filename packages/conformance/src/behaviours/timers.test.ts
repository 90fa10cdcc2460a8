import { describe, expect, test } from "bun:test";
import { blockOn, interval, Runtime, sleep, spawn, timeout, TimeoutError } from "@bascule/core";
import { failureOf } from "../support/failure.ts";
import { withRandom } from "../support/random.ts";
import { connectPair } from "../support/transports.ts";

/** A sleep that nobody sits out. */
const LONG_MS = 10_000;

/** How a test's work is driven: by Bun's loop, or by `blockOn`. */
const modes: readonly [string, <T>(work: () => Promise<T>) => Promise<T>][] = [
  ["hosted", (work) => work()],
  ["owned", async (work) => blockOn(work)],
];

describe.each(modes)("%s", (_name, drive) => {
  test("timers fire in the order of their deadlines, never early", async () => {
    await withRandom(async (random) => {
      const sleepsMs = Array.from({ length: 500 }, () => random.between(0, 4000) / 100);
      const fired = await drive(async () => {
        const deadlines: { earliestMs: number; latestMs: number }[] = [];
        const sleeps = sleepsMs.map(async (ms) => {
          const earliestMs = performance.now() + ms;
          const sleeping = sleep(ms);
          const latestMs = performance.now() + ms;
          await sleeping;
          expect(performance.now()).toBeGreaterThanOrEqual(earliestMs);
          deadlines.push({ earliestMs, latestMs });
        });
        await Promise.all(sleeps);
        return deadlines;
      });
      // The sleep reads the clock somewhere between the test's two looks at it: however long the
      // machine pauses there, the deadline is between them.
      for (let i = 1; i < fired.length; i++) {
        expect(fired[i]?.latestMs).toBeGreaterThanOrEqual(fired[i - 1]?.earliestMs ?? 0);
      }
    });
  });

  test("sub-millisecond sleeps are honoured, and not rounded up to milliseconds", async () => {
    const tookMs = await drive(async () => {
      const took: number[] = [];
      for (let i = 0; i < 100; i++) {
        const startMs = performance.now();
        await sleep(0.2);
        took.push(performance.now() - startMs);
      }
      return took;
    });
    expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(0.2);
    // On a busy machine some are late; on one that rounds, all would be.
    expect(tookMs.filter((ms) => ms < 0.9).length).toBeGreaterThan(10);
  });

  test("a deadline that is shorter than the one before it wakes the sleeper in time", async () => {
    const tookMs = await drive(async () => {
      const controller = new AbortController();
      const long = sleep(LONG_MS, { signal: controller.signal }).catch(() => "aborted");
      const startMs = performance.now();
      await sleep(1);
      const took = performance.now() - startMs;
      controller.abort();
      await long;
      return took;
    });
    expect(tookMs).toBeLessThan(LONG_MS);
  });

  test("a timeout around a socket's read rejects in time and loses no byte", async () => {
    const text = await drive(async () => {
      await using pair = await connectPair();
      for (let i = 0; i < 5; i++) {
        expect(await failureOf(timeout(0.5, () => pair.server.read()))).toBeInstanceOf(
          TimeoutError,
        );
      }
      await pair.client.write("all here");
      return Buffer.from(await pair.server.readExactly(8)).toString();
    });
    expect(text).toBe("all here");
  });
});

test("ten thousand timers are armed and cancelled without touching the driver", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const task = spawn(
    async () => {
      const waits = Array.from({ length: 10_000 }, (_, i) => sleep(60_000 + i).catch(() => "gone"));
      await Promise.all(waits);
    },
    { signal },
  );
  await sleep(0);
  const before = Runtime.current().metrics();
  expect(before.timers.armed).toBe(10_000);
  controller.abort();
  await task;
  const after = Runtime.current().metrics();
  expect(after.timers.armed).toBe(0);
  expect(after.systemCalls - before.systemCalls).toBeLessThan(20);
});

/**
 * Round trips that may begin before a tick is noticed that is due: a round of the loop has at most
 * 128 polls, and a trip takes several.
 */
const LATE_TRIPS_MAX = 64;

test("an interval beside busy sockets keeps its beat", async () => {
  await using pair = await connectPair();
  let isOver = false;
  let dueMs = Number.POSITIVE_INFINITY;
  let lateTrips = 0;
  const busy = spawn(async () => {
    while (!isOver) {
      if (performance.now() > dueMs) lateTrips++;
      await pair.client.write("x".repeat(1000));
      await pair.server.readExactly(1000);
    }
  });
  const ticks = interval(5)[Symbol.asyncIterator]();
  // The beat begins within the first call: a time from before it would blame a stall on the ticks.
  let ticking = ticks.next();
  const startMs = performance.now();
  for (let tick = 0; tick < 10; tick++) {
    dueMs = startMs + 5 * (tick + 1);
    await ticking;
    expect(lateTrips).toBeLessThan(LATE_TRIPS_MAX);
    lateTrips = 0;
    ticking = ticks.next();
  }
  await ticking;
  isOver = true;
  await busy;
});
