import { expect, test } from "bun:test";
import { type Priority, sleep, spawn, yieldNow } from "@bascule/core";
import { patternBytes } from "../support/pattern.ts";
import { connectPair, type Pair } from "../support/transports.ts";

/** Round trips on one connection until it is over. */
async function pingPong(pair: Pair, isOver: () => boolean, onTrip: () => void): Promise<void> {
  const echo = spawn(async () => {
    for await (const chunk of pair.server) await pair.server.write(chunk);
  });
  while (!isOver()) {
    await pair.client.write("ping");
    await pair.client.readExactly(4);
    onTrip();
  }
  await pair.client.closeWrite();
  await echo;
}

/** Fills a connection as fast as it goes. */
async function flood(pair: Pair, isOver: () => boolean): Promise<void> {
  const data = patternBytes(0, 100_000);
  const drain = spawn(async () => {
    for await (const _chunk of pair.server);
  });
  while (!isOver()) await pair.client.write(data);
  await pair.client.closeWrite();
  await drain;
}

/** However long it takes: what is compared is how much each of two has done. */
const LIMIT_MS = 30_000;
/** Round trips of the polite connection. */
const TRIPS = 100;
/** What the flood may bring in while the polite one goes round once: four times what it does. */
const FLOOD_BYTES_PER_TRIP_MAX = 1 << 20;

test(
  "a connection that floods does not keep others from their turns",
  async () => {
    await using hog = await connectPair();
    await using polite = await connectPair();
    let trips = 0;
    const isOver = (): boolean => trips >= TRIPS && hog.server.bytesRead > 1 << 20;
    const flooding = spawn(() => flood(hog, isOver));
    await spawn(() => pingPong(polite, isOver, () => trips++));
    await flooding;
    expect(hog.server.bytesRead / trips).toBeLessThan(FLOOD_BYTES_PER_TRIP_MAX);
  },
  LIMIT_MS,
);

test(
  "equal connections get equal shares",
  async () => {
    const pairs = await Promise.all(Array.from({ length: 8 }, () => connectPair()));
    const trips = pairs.map(() => 0);
    const isOver = (): boolean => Math.max(...trips) >= TRIPS;
    const chats = pairs.map((pair, index) =>
      spawn(() =>
        pingPong(pair, isOver, () => {
          trips[index] = (trips[index] ?? 0) + 1;
        }),
      ),
    );
    for (const chat of chats) await chat;
    expect(Math.min(...trips)).toBeGreaterThan(TRIPS / 3);
    for (const pair of pairs) await pair[Symbol.asyncDispose]();
  },
  LIMIT_MS,
);

test(
  "tasks that never stop yielding starve neither sockets nor timers nor Bun's own",
  async () => {
    await using pair = await connectPair();
    const counts = { trips: 0, bunTicks: 0, naps: 0 };
    // Whoever is starved keeps it from being over, until the test's time is.
    const isOver = (): boolean => Math.min(...Object.values(counts)) >= 10;
    const spinners = Array.from({ length: 20 }, () =>
      spawn(async () => {
        while (!isOver()) await yieldNow();
      }),
    );
    const bunTimer = setInterval(() => counts.bunTicks++, 2);
    const chatting = spawn(() => pingPong(pair, isOver, () => counts.trips++));
    for (; !isOver(); counts.naps++) await sleep(2);
    clearInterval(bunTimer);
    await chatting;
    for (const spinner of spinners) await spinner;
  },
  LIMIT_MS,
);

test("a reader that finds everything there is stopped by its budget", async () => {
  await using pair = await connectPair();
  await pair.client.write(new Uint8Array(60_000));
  await pair.server.readExactly(100);
  while (pair.server.bytesRead < 60_000) await yieldNow();
  const log: string[] = [];
  const greedy = spawn(async () => {
    for (let i = 0; i < 1000; i++) await pair.server.read({ max: 1 });
    log.push("greedy");
  });
  const modest = spawn(async () => {
    for (let i = 0; i < 3; i++) await yieldNow();
    log.push("modest");
  });
  await greedy;
  await modest;
  expect(log).toEqual(["modest", "greedy"]);
});

/** Enough for the ageing of the low queue to come round many times. */
const URGENT_TURNS = 5000;

test("an urgent task gets more turns than a low one, which still makes progress", async () => {
  let isOver = false;
  const countTurns = (priority: Priority): Promise<number> =>
    spawn(
      async () => {
        let turns = 0;
        for (; !isOver; turns++) {
          if (turns === URGENT_TURNS) isOver = true;
          await yieldNow();
        }
        return turns;
      },
      { priority },
    ).then();
  const [high, low] = await Promise.all([countTurns("high"), countTurns("low")]);
  expect(low).toBeGreaterThan(URGENT_TURNS / 100);
  expect(high).toBeGreaterThan(low * 4);
});
