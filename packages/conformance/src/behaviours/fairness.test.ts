import { expect, test } from "bun:test";
import { type Priority, sleep, spawn, yieldNow } from "@bascule/core";
import { patternBytes } from "../support/pattern.ts";
import { connectPair, type Pair } from "../support/transports.ts";

/** Sends and receives on one connection for as long as it is let. @returns round trips */
async function pingPong(pair: Pair, isOver: () => boolean): Promise<number> {
  const echo = spawn(async () => {
    for await (const chunk of pair.server) await pair.server.write(chunk);
  });
  let trips = 0;
  for (; !isOver(); trips++) {
    await pair.client.write("ping");
    await pair.client.readExactly(4);
  }
  await pair.client.closeWrite();
  await echo;
  return trips;
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

test("a connection that floods does not keep others from their turns", async () => {
  await using hog = await connectPair();
  await using polite = await connectPair();
  let isOver = false;
  const flooding = spawn(() => flood(hog, () => isOver));
  const chatting = spawn(() => pingPong(polite, () => isOver));
  await sleep(200);
  isOver = true;
  await flooding;
  expect(await chatting).toBeGreaterThan(20);
  expect(hog.server.bytesRead).toBeGreaterThan(1 << 20);
});

test("equal connections get equal shares", async () => {
  const pairs = await Promise.all(Array.from({ length: 8 }, () => connectPair()));
  let isOver = false;
  const chats = pairs.map((pair) => spawn(() => pingPong(pair, () => isOver)));
  await sleep(200);
  isOver = true;
  const trips: number[] = [];
  for (const chat of chats) trips.push(await chat);
  expect(Math.min(...trips)).toBeGreaterThan(Math.max(...trips) / 3);
  for (const pair of pairs) await pair[Symbol.asyncDispose]();
});

test("tasks that never stop yielding starve neither sockets nor timers nor Bun's own", async () => {
  await using pair = await connectPair();
  let isOver = false;
  const spinners = Array.from({ length: 20 }, () =>
    spawn(async () => {
      while (!isOver) await yieldNow();
    }),
  );
  let bunTicks = 0;
  const bunTimer = setInterval(() => bunTicks++, 2);
  const chatting = spawn(() => pingPong(pair, () => isOver));
  for (let i = 0; i < 20; i++) await sleep(2);
  isOver = true;
  clearInterval(bunTimer);
  expect(await chatting).toBeGreaterThan(10);
  expect(bunTicks).toBeGreaterThan(3);
  for (const spinner of spinners) await spinner;
});

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
