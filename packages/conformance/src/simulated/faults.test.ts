import { describe, expect, test } from "bun:test";
import { blockOn, Runtime, sleep, spawn } from "@bascule/core";
import { TcpListener, TcpStream, UnixListener, UnixStream } from "@bascule/net";
import { explore, type Faults, simulate, type SimulationError, type World } from "@bascule/sim";
import { failureOf } from "../support/failure.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";

const PORT = 7000;
const SIZE = 40_000;

/** A client on one host sends a pattern through an echo on another, which must come back whole. */
async function echoPattern(world: World): Promise<void> {
  const serving = world.host("server").spawn(async () => {
    await using listener = await TcpListener.bind({ hostname: "0.0.0.0", port: PORT });
    await using conn = await listener.accept();
    for await (const chunk of conn) await conn.write(chunk);
    await conn.closeWrite();
  });
  await world.host("client").run(async () => {
    await sleep(1);
    await using conn = await TcpStream.connect({ hostname: "server", port: PORT });
    const reader = new PatternReader();
    const reading = spawn(async () => {
      for await (const chunk of conn) reader.take(chunk);
    });
    await conn.write(patternBytes(0, SIZE));
    await conn.closeWrite();
    await reading;
    if (reader.offset !== SIZE) throw new Error(`${reader.offset} bytes came back`);
  });
  await serving;
}

const HOSTS = ["server", "client"] as const;

/** The trace of a run, which has to fail to tell. */
async function traceOf(faults: Partial<Faults>, seed: number): Promise<string> {
  const error = await failureOf(
    simulate({ seed, hosts: HOSTS, faults }, async (world) => {
      await echoPattern(world);
      throw new Error("to see the trace");
    }),
  );
  expect(String(error)).toContain("to see the trace");
  return (error as SimulationError).trace;
}

describe("a fault that a program does not notice", () => {
  /** What the trace calls it; a fault without a word of its own shows in what it changes. */
  const kinds: readonly [keyof Faults, RegExp | null][] = [
    ["shortCounts", null],
    ["interruptedCalls", /interrupted (recv|send|connect|accept)/],
    ["spuriousReadiness", /again (recv|send|connect|accept)/],
    ["endedMultishots", /ended without more (recv|accept)/],
    ["missingBuffers", /no buffer recv/],
    ["delayedCompletions", null],
    ["reorderedCompletions", null],
    ["reorderedTasks", null],
  ];
  test.each(kinds)("%s: every byte comes back, and it happens", async (kind, event) => {
    const traces: string[] = [];
    for (let seed = 0; seed < 8; seed++) traces.push(await traceOf({ [kind]: 0.4 }, seed));
    const calm = await traceOf({}, 0);
    expect(await traceOf({}, 1)).toBe(calm);
    expect(traces.some((trace) => trace !== calm)).toBe(true);
    if (event === null) return;
    expect(event.test(calm)).toBe(false);
    expect(traces.some((trace) => event.test(trace))).toBe(true);
  });

  test("a cancel comes late, or loses to a success, which is adopted", async () => {
    const traces: string[] = [];
    for (let seed = 0; seed < 20; seed++) {
      const error = await failureOf(
        simulate({ seed, faults: { lateCancels: 0.5, delayedCompletions: 0.5 } }, async () => {
          await using listener = await TcpListener.bind({ port: PORT });
          const client = await TcpStream.connect({ port: PORT });
          const server = await listener.accept();
          const reading = failureOf(server.read());
          await client.write("too late");
          await server.reset();
          expect(await reading).toMatchObject({ code: "ERR_SOCKET_CLOSED" });
          await client.reset();
          throw new Error("to see the trace");
        }),
      );
      expect(String(error)).toContain("to see the trace");
      traces.push((error as SimulationError).trace);
    }
    expect(traces.some((trace) => /late cancel recv/.test(trace))).toBe(true);
    expect(traces.some((trace) => /cancel already recv/.test(trace))).toBe(true);
    expect(traces.some((trace) => /complete recv .* → ECANCELED/.test(trace))).toBe(true);
  });

  test("a cancel that is late is not lost, even if every cancel is late", async () => {
    async function listen(): Promise<void> {
      await using listener = await TcpListener.bind({ port: PORT });
      await listener.accept();
    }
    for (let seed = 0; seed < 8; seed++) {
      await simulate({ seed, hosts: HOSTS, faults: { lateCancels: 1 } }, async (world) => {
        const accepting = world.host("server").spawn(listen);
        const ended = Promise.allSettled([accepting]);
        await sleep(10);
        accepting.abort();
        await ended;
        // The world's end cancels another.
        world.host("client").spawn(listen);
        await sleep(10);
      });
    }
  });

  test("queues that are full, or overflow, only delay", async () => {
    const faults = { fullSubmissionQueues: 0.9, overflowingCompletionQueues: 0.9 };
    const traces: string[] = [];
    for (let seed = 0; seed < 30; seed++) {
      const many = async (world: World): Promise<void> => {
        await using listener = await TcpListener.bind({ port: PORT });
        const connect = (): Promise<TcpStream> => TcpStream.connect({ port: PORT });
        const clients = await Promise.all(Array.from({ length: 10 }, connect));
        const servers = await Promise.all(clients.map(() => listener.accept()));
        await Promise.all(clients.map((client) => client.write("hello")));
        const lines = await Promise.all(servers.map((server) => server.readExactly(5)));
        expect(lines.length).toBe(10);
        await Promise.all([...clients, ...servers].map((conn) => conn.close()));
        world.note("done");
        throw new Error("to see the trace");
      };
      const error = await failureOf(simulate({ seed, faults }, many));
      traces.push((error as SimulationError).trace);
    }
    expect(traces.every((trace) => trace.includes("note done"))).toBe(true);
    expect(traces.some((trace) => trace.includes("submission queue full"))).toBe(true);
    expect(traces.some((trace) => trace.includes("completion queue overflow"))).toBe(true);
  });

  test("all of them together, in a hundred worlds", async () => {
    const { runs } = await explore({ seeds: 100, hosts: HOSTS, faults: "benign" }, echoPattern);
    expect(runs).toBe(100);
  });
});

describe("a fault that a program has to cope with", () => {
  /** What the client of an echo hears, seed by seed. */
  async function codesOf(faults: Partial<Faults>, seeds: number): Promise<Set<unknown>> {
    const codes = new Set<unknown>();
    for (let seed = 0; seed < seeds; seed++) {
      const error = await simulate({ seed, hosts: HOSTS, faults }, echoPattern).catch(
        (reason: unknown) => reason,
      );
      noteCodes(error, codes);
    }
    return codes;
  }

  /** What an error says, and those behind it. */
  function noteCodes(error: unknown, codes: Set<unknown>): void {
    if (!(error instanceof Error)) return;
    codes.add((error as { code?: string }).code);
    noteCodes(error.cause ?? (error as Partial<SuppressedError>).suppressed, codes);
  }

  test("a connection is refused", async () => {
    expect(await codesOf({ refusals: 1 }, 4)).toContain("ECONNREFUSED");
  });

  test("a connection is reset", async () => {
    const codes = await codesOf({ resets: 0.3 }, 20);
    expect(codes.has("ECONNRESET") || codes.has("EPIPE")).toBe(true);
  });

  test("a connection vanishes, and whoever sends gives up in the end", async () => {
    expect((await codesOf({ lostConnections: 0.3 }, 20)).has("ETIMEDOUT")).toBe(true);
  });
});

describe("what is found at the end, or before", () => {
  test("a descriptor that nobody closes", async () => {
    const error = await failureOf(
      simulate({ hosts: ["a"] }, async (world) => {
        await world.host("a").run(() => Runtime.current().driver.system?.createSocket(2, 1));
      }),
    );
    expect(String(error)).toContain('host "a" has 1 descriptors left');
  });

  test("memory that is written to after it was given back, with who had it", async () => {
    const error = await failureOf(
      simulate({ faults: "none" }, async () => {
        await using listener = await TcpListener.bind({ port: PORT });
        await using client = await TcpStream.connect({ port: PORT });
        await using server = await listener.accept();
        // Small messages are copied until somebody wants to be lent them.
        await client.write("first");
        (await server.lease())?.release();
        await client.write(new Uint8Array(2000));
        const lease = await server.lease();
        const stale = lease?.bytes;
        lease?.release();
        stale?.fill(1);
        await client.write("again");
        await server.read();
      }),
    );
    expect(String(error)).toMatch(/Receive buffer \d+ was written to after .* by recv #\d+ of \d+/);
  });

  test("a send block that is written to after it was given back", async () => {
    const error = await failureOf(
      simulate({ faults: "none" }, () => {
        const { sendPool } = Runtime.current().driver;
        const block = sendPool.take(10);
        sendPool.give(block);
        block.bytes[7] = 1;
      }),
    );
    expect(String(error)).toContain("was written to after it had been given back: byte 7");
  });
});

test("Unix sockets are each host's own, in its files", async () => {
  await simulate({ hosts: ["a", "b"], faults: "none" }, async (world) => {
    await world.host("a").run(async () => {
      await using listener = await UnixListener.bind({ path: "/tmp/socket" });
      const client = await UnixStream.connect({ path: "/tmp/socket" });
      const server = await listener.accept();
      await client.write("hello");
      expect(await server.readExactly(5)).toEqual(new TextEncoder().encode("hello"));
      const elsewhere = world.host("b").run(() => UnixStream.connect({ path: "/tmp/socket" }));
      expect(await failureOf(elsewhere)).toMatchObject({ code: "ENOENT" });
      await Promise.all([client.close(), server.close()]);
    });
    const gone = world.host("a").run(() => UnixStream.connect({ path: "/tmp/socket" }));
    expect(await failureOf(gone)).toMatchObject({ code: "ENOENT" });
  });
});

test("while one host blocks, the others go on", async () => {
  const elapsedMs = await simulate({ hosts: HOSTS, faults: "none" }, async (world) => {
    world.host("server").spawn(async () => {
      await using listener = await TcpListener.bind({ hostname: "0.0.0.0", port: PORT });
      await using conn = await listener.accept();
      await sleep(5000);
      await conn.write("late");
    });
    await world.host("client").run(() => {
      blockOn(async () => {
        await sleep(1);
        await using conn = await TcpStream.connect({ hostname: "server", port: PORT });
        await conn.readExactly(4);
      });
    });
    return world.nowMs;
  });
  expect(elapsedMs).toBeGreaterThan(5000);
  expect(elapsedMs).toBeLessThan(5010);
});
