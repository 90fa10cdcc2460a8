import { type JoinHandle, sleep, timeout, TimeoutError } from "@bascule/core";
import { type LineReader, TcpListener, TcpStream } from "@bascule/net";
import { HostCrashedError, type World } from "@bascule/sim";
import { Barrier } from "@bascule/sync";
import { run } from "../src/server.ts";

export const CLIENTS = 20;
const LINES_EACH = 2;
const PORT = 6142;
/** After so long without a line a client of a stormy room goes home. */
const SILENCE_MS = 30_000;

/** Hosts of a world with a room in it. */
export const HOSTS: readonly string[] = [
  "server",
  ...Array.from({ length: CLIENTS }, (_, index) => `client-${index}`),
];

/** What a client was told: who said which of his lines. */
type Told = string[];

/** Serves the room until it is told to stop. */
function serve(world: World, shutdown: AbortSignal): JoinHandle<void> {
  return world.host("server").spawn(
    async () => {
      await using listener = await TcpListener.bind({ hostname: "0.0.0.0", port: PORT });
      await run({ listener, shutdown });
    },
    { name: "room" },
  );
}

/**
 * A room with its clients, each on a host of its own, and partitions that come and go while they
 * talk. Everybody must be told every line of everybody else, each once, all in one order.
 */
export async function talkUnderPartitions(world: World): Promise<void> {
  const shutdown = new AbortController();
  const serving = serve(world, shutdown.signal);
  const everybodyIsIn = new Barrier(CLIENTS);
  const everybodyIsTold = new Barrier(CLIENTS);
  const clients = HOSTS.slice(1).map((name) =>
    world.host(name).spawn(() => talk(world, name, everybodyIsIn, everybodyIsTold), { name }),
  );
  const weather = world.host("world").spawn(() => cutNow(world), { name: "weather" });
  const told = await Promise.all(clients);
  weather.abort();
  check(told);
  shutdown.abort();
  await serving;
}

/**
 * A room where anything may happen: connections are refused, reset and lost, and clients crash. Who
 * is told something is told it once, all in one order; and the server goes on, and can be stopped.
 */
export async function talkInAStorm(world: World): Promise<void> {
  const shutdown = new AbortController();
  const serving = serve(world, shutdown.signal);
  const all: Told[] = HOSTS.slice(1).map(() => []);
  const clients = HOSTS.slice(1).map((name, index) =>
    world.host(name).spawn(() => talkWhilePossible(world, name, all[index] ?? []), { name }),
  );
  const weather = world.host("world").spawn(() => cutNow(world), { name: "weather" });
  const ended = Promise.allSettled(clients);
  await sleep(world.choose(500));
  for (const name of HOSTS.slice(1)) if (world.chance(0.1)) world.crash(name);
  for (const { reason } of (await ended).filter(isRejected)) {
    if (!(reason instanceof HostCrashedError)) throw reason;
  }
  weather.abort();
  checkOrder(all);
  shutdown.abort();
  await serving;
}

function isRejected(result: PromiseSettledResult<unknown>): result is PromiseRejectedResult {
  return result.status === "rejected";
}

async function talkWhilePossible(world: World, name: string, told: Told): Promise<void> {
  try {
    await sleep(world.choose(20));
    await using conn = await TcpStream.connect({ hostname: "server", port: PORT });
    const lines = conn.lines();
    await conn.write(`${name}\n`);
    for (let line = 0; line < LINES_EACH; line++) {
      await sleep(world.choose(100));
      await conn.write(`line ${line}\n`);
    }
    for (;;) {
      const line = await timeout(SILENCE_MS, () => lines.next());
      if (line === null) return;
      if (/^client-\d+: /.test(line)) told.push(line);
    }
  } catch (error) {
    // The connection may fail once more when it is closed.
    const first = error instanceof SuppressedError ? (error.suppressed as unknown) : error;
    const isSystemError = (first as { syscall?: string }).syscall !== undefined;
    if (!isSystemError && !(first instanceof TimeoutError)) throw first;
  }
}

async function talk(
  world: World,
  name: string,
  everybodyIsIn: Barrier,
  everybodyIsTold: Barrier,
): Promise<Told> {
  await sleep(world.choose(20));
  await using conn = await TcpStream.connect({ hostname: "server", port: PORT });
  const lines = conn.lines();
  if ((await lines.next()) !== "Please enter your username:") throw new Error("No prompt");
  await conn.write(`${name}\n`);
  // An answer to a command says that the server has let this client in.
  await conn.write("/who\n");
  await until(lines, (line) => line.includes("in the chat: ") && line.includes(name));
  await everybodyIsIn.wait();
  const told: Told = [];
  for (let line = 0; line < LINES_EACH; line++) {
    await conn.write(`line ${line}\n`);
    if (world.chance(0.3)) await sleep(world.choose(50));
  }
  while (told.length < (CLIENTS - 1) * LINES_EACH) {
    const line = await lines.next();
    if (line === null) throw new Error(`${name} was cut off after ${told.length} lines`);
    if (/^client-\d+: /.test(line)) told.push(line);
  }
  await everybodyIsTold.wait();
  return told;
}

async function until(lines: LineReader, isIt: (line: string) => boolean): Promise<void> {
  for (let line = await lines.next(); line !== null; line = await lines.next()) {
    if (isIt(line)) return;
  }
  throw new Error("The server hung up");
}

/** Cuts some clients off for a while, again and again. */
async function cutNow(world: World): Promise<void> {
  for (;;) {
    await sleep(world.choose(40));
    const some = HOSTS.slice(1).filter(() => world.chance(0.2));
    world.partition(some, ["server"]);
    await sleep(world.choose(2000));
    world.heal();
  }
}

/** @throws when somebody was told a line twice, or two were told lines in different orders */
function check(all: readonly Told[]): void {
  all.forEach((told, index) => {
    if (new Set(told).size !== told.length) throw new Error(`client-${index} was told twice`);
    for (let other = 0; other < index; other++) compare(told, index, all[other] ?? [], other);
  });
}

/** Each was told all but its own lines: what both were told must come in one order. */
function compare(mine: Told, me: number, theirs: Told, them: number): void {
  const [own, foreign] = [`client-${me}: `, `client-${them}: `];
  let [left, right] = [0, 0];
  while (left < mine.length || right < theirs.length) {
    if (mine[left]?.startsWith(foreign) === true) left++;
    else if (theirs[right]?.startsWith(own) === true) right++;
    else if (mine[left++] !== theirs[right++]) {
      throw new Error(`client-${me} and client-${them} were told different orders`);
    }
  }
}

/** @throws when a line came twice, or two were told what both know in different orders */
function checkOrder(all: readonly Told[]): void {
  all.forEach((told, index) => {
    const places = new Map(told.map((line, place) => [line, place]));
    if (places.size !== told.length) throw new Error(`client-${index} was told twice`);
    for (const others of all) {
      let last = -1;
      for (const line of others) {
        const place = places.get(line) ?? last;
        if (place < last) throw new Error(`client-${index} was told "${line}" out of order`);
        last = place;
      }
    }
  });
}
