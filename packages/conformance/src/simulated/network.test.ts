import { describe, expect, test } from "bun:test";
import { sleep, timeout, TimeoutError } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";
import { HostCrashedError, simulate, type World } from "@bascule/sim";
import { failureOf } from "../support/failure.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";

const PORT = 7000;

/** Starts an echo server on a host, for any number of connections. */
function startEcho(world: World, host: string): void {
  world.host(host).spawn(
    async () => {
      await using listener = await TcpListener.bind({ hostname: "0.0.0.0", port: PORT });
      for await (const socket of listener) {
        world.host(host).spawn(async () => {
          await using conn = socket;
          try {
            for await (const chunk of conn) await conn.write(chunk);
          } catch (error) {
            if ((error as { syscall?: string }).syscall === undefined) throw error;
          }
        });
      }
    },
    { name: "echo" },
  );
}

function connect(hostname: string, options: { timeoutMs?: number } = {}): Promise<TcpStream> {
  return TcpStream.connect({ hostname, port: PORT, ...options });
}

async function echoes(conn: TcpStream, text: string): Promise<void> {
  await conn.write(text);
  const bytes = await conn.readExactly(text.length);
  expect(new TextDecoder().decode(bytes)).toBe(text);
}

const CALM = { hosts: ["server", "client", "other"], faults: "none" } as const;

describe("between hosts", () => {
  test("names and addresses are the hosts'", async () => {
    await simulate(CALM, async (world) => {
      startEcho(world, "server");
      await world.host("client").run(async () => {
        await sleep(1);
        await using conn = await connect("server");
        expect(conn.remoteAddress).toMatchObject({ address: world.host("server").address });
        expect(conn.localAddress).toMatchObject({ address: world.host("client").address });
        await echoes(conn, "hello");
      });
      const unknown = await failureOf(connect("nobody"));
      expect(unknown).toMatchObject({ code: "ENOTFOUND", syscall: "getaddrinfo" });
    });
  });

  test("a loopback address is each host's own", async () => {
    await simulate(CALM, async (world) => {
      await world.host("server").run(async () => {
        await using listener = await TcpListener.bind({ port: PORT });
        const own = await connect("127.0.0.1");
        const accepted = await listener.accept();
        await Promise.all([own.close(), accepted.close()]);
        for (const hostname of ["127.0.0.1", "server"]) {
          const refused = await failureOf(world.host("client").run(() => connect(hostname)));
          expect(refused).toMatchObject({ code: "ECONNREFUSED", syscall: "connect" });
        }
      });
    });
  });

  test("a packet takes the way's latency, and bandwidth is shared by what is sent", async () => {
    const faults = { latencyMs: [10, 10], bytesPerMs: 1000 } as const;
    await simulate({ ...CALM, faults }, async (world) => {
      startEcho(world, "server");
      await world.host("client").run(async () => {
        await sleep(1);
        const startMs = world.nowMs;
        await using conn = await connect("server");
        expect(world.nowMs - startMs).toBeCloseTo(20, 0);
        await conn.write(new Uint8Array(50_000));
        await conn.readExactly(50_000);
        // There and back, and 50 ms for the bytes of which most go both ways at once.
        const tookMs = world.nowMs - startMs;
        expect(tookMs).toBeGreaterThan(90);
        expect(tookMs).toBeLessThan(150);
      });
    });
  });

  test("a megabyte each way comes whole through buffers of any size", async () => {
    for (let seed = 0; seed < 5; seed++) {
      await simulate({ ...CALM, seed, faults: "benign" }, async (world) => {
        startEcho(world, "server");
        await world.host("client").run(async () => {
          await sleep(1);
          await using conn = await connect("server");
          const reader = new PatternReader();
          const reading = world.host("client").spawn(async () => {
            for await (const chunk of conn) reader.take(chunk);
          });
          const size = 1 << 18;
          await conn.write(patternBytes(0, size));
          await conn.closeWrite();
          await reading;
          expect(reader.offset).toBe(size);
        });
      });
    }
  });
});

describe("partitions", () => {
  test("what is sent meanwhile arrives when it heals", async () => {
    await simulate(CALM, async (world) => {
      startEcho(world, "server");
      await world.host("client").run(async () => {
        await sleep(1);
        await using conn = await connect("server");
        await echoes(conn, "before");
        world.partition("client", "server");
        await conn.write("during");
        const error = await failureOf(timeout(10_000, () => conn.readExactly(6)));
        expect(error).toBeInstanceOf(TimeoutError);
        world.heal();
        expect(new TextDecoder().decode(await conn.readExactly(6))).toBe("during");
      });
    });
  });

  test("a connection that is cut for long enough times out, and so does a new one", async () => {
    await simulate(CALM, async (world) => {
      startEcho(world, "server");
      await world.host("client").run(async () => {
        await sleep(1);
        const conn = await connect("server");
        world.partition("client");
        await conn.write("hello?");
        expect(await failureOf(conn.read())).toMatchObject({ code: "ETIMEDOUT" });
        await conn.close();
        const startMs = world.nowMs;
        expect(await failureOf(connect("server"))).toMatchObject({ code: "ETIMEDOUT" });
        expect(world.nowMs - startMs).toBeGreaterThan(60_000);
      });
      world.heal();
    });
  });

  test("only those that were named are cut off", async () => {
    await simulate(CALM, async (world) => {
      startEcho(world, "server");
      await sleep(1);
      world.partition(["client"], ["server"]);
      await world.host("other").run(async () => {
        await using conn = await connect("server");
        await echoes(conn, "still there");
      });
      const error = await failureOf(
        world.host("client").run(() => connect("server", { timeoutMs: 50 })),
      );
      expect(error).toBeInstanceOf(TimeoutError);
    });
  });
});

describe("crashes", () => {
  test("end tasks without their finally blocks, and who waits for one is told", async () => {
    await simulate(CALM, async (world) => {
      let hasCleanedUp = false;
      const task = world.host("server").spawn(async () => {
        try {
          await sleep(1000);
        } finally {
          hasCleanedUp = true;
        }
      });
      await sleep(1);
      world.crash("server");
      expect(await failureOf(Promise.resolve(task))).toBeInstanceOf(HostCrashedError);
      await sleep(5000);
      expect(hasCleanedUp).toBe(false);
      expect(() => world.host("server").spawn(() => 1)).toThrow(HostCrashedError);
    });
  });

  test("a peer hears nothing while the host is down, and a reset when it is back", async () => {
    await simulate(CALM, async (world) => {
      startEcho(world, "server");
      await world.host("client").run(async () => {
        await sleep(1);
        const conn = await connect("server");
        await echoes(conn, "hello");
        world.crash("server");
        await conn.write("are you there?");
        const silence = await failureOf(timeout(5000, () => conn.read()));
        expect(silence).toBeInstanceOf(TimeoutError);
        world.restart("server");
        expect(await failureOf(conn.read())).toMatchObject({ code: "ECONNRESET" });
        await conn.close();
        expect(await failureOf(connect("server"))).toMatchObject({ code: "ECONNREFUSED" });
        startEcho(world, "server");
        await sleep(1);
        await using again = await connect("server");
        await echoes(again, "welcome back");
      });
    });
  });
});

test("a host is found by its name in large letters and small, and with a dot", async () => {
  await simulate({ faults: "none", hosts: ["Server"] }, async (world) => {
    world.host("Server").spawn(async () => {
      await using listener = await TcpListener.bind({ hostname: "server", port: 7 });
      for await (const conn of listener) await conn.close();
    });
    await sleep(1);
    for (const hostname of ["Server", "server", "SERVER."]) {
      await using conn = await TcpStream.connect({ hostname, port: 7 });
      expect(conn.remoteAddress).toEqual({ family: "IPv4", address: "10.0.0.1", port: 7 });
    }
  });
});
