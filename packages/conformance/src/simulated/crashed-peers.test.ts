import { describe, expect, test } from "bun:test";
import { sleep, timeout, TimeoutError } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";
import { simulate, type World } from "@bascule/sim";
import { failureOf } from "../support/failure.ts";

const PORT = 7000;
const HOUR_MS = 3_600_000;
/** `tcp_retries2` on Linux: 924.6 s. */
const GIVE_UP_MS = 924_600;
const SLOW = { hosts: ["server", "client"], faults: { latencyMs: [10, 10] } } as const;

/** Serves any number of connections on the server, each by `work`. */
function serve(world: World, work: (conn: TcpStream) => Promise<void>): void {
  const server = world.host("server");
  server.spawn(
    async () => {
      await using listener = await TcpListener.bind({ hostname: "0.0.0.0", port: PORT });
      for await (const socket of listener) {
        server.spawn(async () => {
          await using conn = socket;
          await work(conn);
        });
      }
    },
    { name: "serve" },
  );
}

function connect(): Promise<TcpStream> {
  return TcpStream.connect({ hostname: "server", port: PORT });
}

function greet(conn: TcpStream): Promise<void> {
  return conn.write("welcome");
}

function wait(): Promise<void> {
  return sleep(2 * HOUR_MS);
}

/** Crashes a host, and restarts it when it has been down for a while. */
async function restartAfter(world: World, name: string, downMs: number): Promise<void> {
  world.crash(name);
  await sleep(downMs);
  world.restart(name);
}

async function readText(conn: TcpStream): Promise<string | undefined> {
  const bytes = await timeout(HOUR_MS, () => conn.read());
  return bytes === null ? undefined : new TextDecoder().decode(bytes);
}

describe("a host that crashes while a connection is made", () => {
  test("is asked again when it is back, and knows nothing of before", async () => {
    for (const crashAtMs of [5, 15]) {
      await simulate(SLOW, async (world) => {
        serve(world, (conn) => conn.write("to be lost"));
        await sleep(1);
        const reading = world.host("client").run(async () => {
          await using conn = await connect();
          return await readText(conn);
        });
        await sleep(crashAtMs);
        await restartAfter(world, "server", 5000);
        serve(world, greet);
        expect(await reading).toBe("welcome");
      });
    }
  });

  test("refuses when nobody listens after it is back", async () => {
    await simulate(SLOW, async (world) => {
      serve(world, greet);
      await sleep(1);
      const connecting = failureOf(world.host("client").run(connect));
      await sleep(15);
      await restartAfter(world, "server", 5000);
      expect(await connecting).toMatchObject({ code: "ECONNREFUSED" });
    });
  });

  test("resets, when it was the one that connected", async () => {
    await simulate(SLOW, async (world) => {
      const left: unknown[] = [];
      serve(world, async (conn) => void left.push(await failureOf(readText(conn))));
      await sleep(1);
      const connecting = failureOf(world.host("client").run(connect));
      await sleep(15);
      await restartAfter(world, "client", 5000);
      await connecting;
      await sleep(1000);
      expect(left).toMatchObject([{ code: "ECONNRESET" }]);
    });
  });
});

describe("a host that is back after a crash", () => {
  test("sends nothing that it sent before", async () => {
    await simulate(SLOW, async (world) => {
      serve(world, async (conn) => {
        await conn.read();
        await conn.write("an answer");
      });
      await sleep(1);
      const reading = world.host("client").run(async () => {
        await using conn = await connect();
        await conn.write("a question");
        return await failureOf(readText(conn));
      });
      await sleep(35);
      await restartAfter(world, "server", 5000);
      expect(await reading).toBeInstanceOf(TimeoutError);
    });
  });

  test("answers an end, or word of what was read, with a reset", async () => {
    for (const speak of ["end", "read"] as const) {
      await simulate(SLOW, async (world) => {
        serve(world, async (conn) => {
          await conn.write(new Uint8Array(200_000));
          await wait();
        });
        await sleep(1);
        const reading = world.host("client").run(async () => {
          await using conn = await connect();
          await sleep(10_000);
          if (speak === "end") await conn.closeWrite();
          return await failureOf(
            timeout(HOUR_MS, async () => {
              while ((await conn.read()) !== null);
            }),
          );
        });
        await sleep(100);
        await restartAfter(world, "server", 500);
        expect(await reading).toMatchObject({ code: "ECONNRESET" });
      });
    }
  });

  test("resets what it gets, however often it crashes before that arrives", async () => {
    await simulate(SLOW, async (world) => {
      serve(world, wait);
      await sleep(1);
      const reading = world.host("client").run(async () => {
        await using conn = await connect();
        await sleep(1000);
        await conn.write("are you there?");
        return await failureOf(readText(conn));
      });
      await sleep(500);
      for (let times = 0; times < 3; times++) {
        await restartAfter(world, "server", 5000);
        await sleep(15);
      }
      expect(await reading).toMatchObject({ code: "ECONNRESET" });
    });
  });
});

describe("who waits for room at a peer that does not read", () => {
  /** What a blocked write fails with, and after how long, when something befalls the server. */
  async function failureOfWriting(befall: (world: World) => Promise<void>) {
    return await simulate({ ...SLOW, faults: "none" }, async (world) => {
      serve(world, wait);
      await sleep(1);
      const writing = world.host("client").run(async () => {
        const conn = await connect();
        const error = await failureOf(timeout(24 * HOUR_MS, () => conn.write(new Uint8Array(1e6))));
        await conn.reset();
        return { error, afterMs: world.nowMs };
      });
      await sleep(100);
      await befall(world);
      return await writing;
    });
  }

  test("gives up when nobody answers: a partition or a crash", async () => {
    for (const befall of ["partition", "crash"] as const) {
      const { error, afterMs } = await failureOfWriting(async (world) => world[befall]("server"));
      expect(error).toMatchObject({ code: "ETIMEDOUT" });
      expect(afterMs).toBeGreaterThan(GIVE_UP_MS);
      expect(afterMs).toBeLessThan(GIVE_UP_MS + 1000);
    }
  });

  test("goes on waiting after a partition that heals, and gives up in the next", async () => {
    const { error, afterMs } = await failureOfWriting(async (world) => {
      world.partition("server");
      await sleep(GIVE_UP_MS / 2);
      world.heal();
      await sleep(HOUR_MS);
      world.partition("server");
    });
    expect(error).toMatchObject({ code: "ETIMEDOUT" });
    expect(afterMs).toBeGreaterThan(GIVE_UP_MS * 1.5 + HOUR_MS);
    expect(afterMs).toBeLessThan(GIVE_UP_MS * 1.5 + HOUR_MS + 1000);
  });

  test("is reset when the peer's host is back after a crash", async () => {
    const { error, afterMs } = await failureOfWriting((world) =>
      restartAfter(world, "server", 100),
    );
    expect(error).toMatchObject({ code: "ECONNRESET" });
    expect(afterMs).toBeLessThan(1000);
  });
});

test("who only reads waits through a partition of any length", async () => {
  await simulate({ ...SLOW, faults: "none" }, async (world) => {
    const size = 200_000;
    serve(world, async (conn) => {
      await conn.write(new Uint8Array(size));
      await sleep(2 * HOUR_MS);
      await conn.write("late");
    });
    await sleep(1);
    const reading = world.host("client").run(async () => {
      await using conn = await connect();
      await sleep(100);
      world.partition("server");
      let count = 0;
      for await (const chunk of conn) count += chunk.byteLength;
      return count;
    });
    await sleep(HOUR_MS);
    world.heal();
    expect(await reading).toBe(size + 4);
  });
});
