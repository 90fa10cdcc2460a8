import { expect, test } from "bun:test";
import { type JoinHandle, sleep } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";
import { simulate, type World } from "@bascule/sim";
import { run } from "../src/server.ts";

const PORT = 6142;
const LINES = 12_000;
const FOREVER_MS = 1e9;
const HOSTS = ["server", "ann", "bob", "stalled"];

/**
 * A room whose clients are hosts of a world in which time is exact. On a machine that is busy who
 * reads may not be run for so long that nobody could tell it from one who does not.
 */
async function inRoom(body: (world: World, stop: () => Promise<void>) => Promise<void>) {
  await simulate({ seed: 1, hosts: HOSTS, faults: "none" }, async (world) => {
    const shutdown = new AbortController();
    const serving = world.host("server").spawn(async () => {
      await using listener = await TcpListener.bind({ hostname: "0.0.0.0", port: PORT });
      await run({ listener, shutdown: shutdown.signal });
    });
    await body(world, async () => {
      shutdown.abort();
      await serving;
    });
  });
}

/** Joins from the host of that name. */
function join<T>(
  world: World,
  name: string,
  work: (stream: TcpStream) => Promise<T>,
): JoinHandle<T> {
  return world.host(name).spawn(async () => {
    await sleep(10);
    await using stream = await TcpStream.connect({ hostname: "server", port: PORT });
    await stream.write(`${name}\n`);
    return await work(stream);
  });
}

test("somebody who talks as fast as possible loses nobody who reads", async () => {
  let heard = 0;
  let hasStalledLeft = false;
  await inRoom(async (world, stop) => {
    const stalled = join(world, "stalled", () => sleep(FOREVER_MS));
    const ann = join(world, "ann", async (stream) => {
      for await (const line of stream.lines()) {
        // She is slower than he is, and never longer away than talkers wait.
        if (line.startsWith("bob: x") && ++heard % 500 === 0) await sleep(100);
        if (line === "stalled has left the chat") hasStalledLeft = true;
        if (line === "bob: the end") return;
      }
    });
    await sleep(100);
    const bob = join(world, "bob", async (stream) => {
      await stream.write(`${"x".repeat(1000)}\n`.repeat(LINES));
      await stream.write("the end\n");
      await ann;
    });
    await bob;
    stalled.abort();
    await stalled.catch(() => undefined);
    await stop();
  });
  expect({ heard, hasStalledLeft }).toEqual({ heard: LINES, hasStalledLeft: true });
});

test("clients that do not read hold up the end for less than two seconds", async () => {
  let endedAfterMs = 0;
  await inRoom(async (world, stop) => {
    const stalled = join(world, "stalled", () => sleep(FOREVER_MS));
    const bob = join(world, "bob", async (stream) => {
      await stream.write(`${"x".repeat(1000)}\n`.repeat(LINES));
      await sleep(FOREVER_MS);
    });
    await sleep(1000);
    const fromMs = world.nowMs;
    await stop();
    endedAfterMs = world.nowMs - fromMs;
    for (const client of [stalled, bob]) {
      client.abort();
      await client.catch(() => undefined);
    }
  });
  expect(endedAfterMs).toBeGreaterThan(0);
  expect(endedAfterMs).toBeLessThan(2000);
});
