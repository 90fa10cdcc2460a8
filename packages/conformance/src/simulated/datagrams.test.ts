import { describe, expect, test } from "bun:test";
import { Runtime, sleep, spawn, timeout, TimeoutError } from "@bascule/core";
import { type Datagram, UdpSocket } from "@bascule/net";
import { explore, type Faults, simulate, type World } from "@bascule/sim";
import { failureOf, fieldsOf } from "../support/failure.ts";

const PORT = 7000;
const CALM = { hosts: ["server", "client"], faults: "none" } as const;

function textOf({ data }: Datagram): string {
  return new TextDecoder().decode(data);
}

/** Notes on a host what comes to its port. */
function startListening(world: World, host: string, heard: string[]): void {
  world.host(host).spawn(async () => {
    await using socket = await UdpSocket.bind({ hostname: "0.0.0.0", port: PORT });
    for await (const datagram of socket) heard.push(textOf(datagram));
  });
}

/** Sends numbers from the client to the server, and says which were heard when all is quiet. */
async function hear(count: number, faults: Partial<Faults>, seed: number): Promise<string[]> {
  const heard: string[] = [];
  await simulate({ hosts: CALM.hosts, faults, seed }, async (world) => {
    startListening(world, "server", heard);
    await sleep(1);
    await world.host("client").run(async () => {
      await using socket = await UdpSocket.connect({ hostname: "server", port: PORT });
      for (let i = 0; i < count; i++) await socket.send(String(i));
      await sleep(1000);
    });
  });
  return heard;
}

const numbers: readonly string[] = Array.from({ length: 50 }, (_, index) => String(index));

describe("between hosts a datagram", () => {
  test("comes from its sender's address, after the way's latency, and is answered", async () => {
    await simulate({ ...CALM, faults: { latencyMs: [10, 10] } }, async (world) => {
      const [server, client] = [world.host("server"), world.host("client")];
      const serving = server.run(async () => {
        await using socket = await UdpSocket.bind({ hostname: "0.0.0.0", port: PORT });
        const datagram = await socket.receive();
        await socket.send("pong", datagram);
        return datagram.address;
      });
      await client.run(async () => {
        await sleep(1);
        const startMs = world.nowMs;
        await using socket = await UdpSocket.bind({ hostname: "0.0.0.0" });
        await socket.send("ping", { hostname: "server", port: PORT });
        const pong = await socket.receive();
        expect(pong).toMatchObject({ address: server.address, port: PORT, family: "IPv4" });
        expect(world.nowMs - startMs).toBeGreaterThanOrEqual(20);
      });
      expect(await serving).toBe(client.address);
    });
  });

  test("comes once and in order on a calm network", async () => {
    expect(await hear(numbers.length, {}, 1)).toEqual([...numbers]);
  });

  test("may be lost, come twice, or overtake another", async () => {
    const inOrder = numbers.join();
    /** What is heard in eight worlds; some of them leave a fault out. */
    const hearOften = async (faults: Partial<Faults>): Promise<string[][]> => {
      const worlds: string[][] = [];
      for (let seed = 0; seed < 8; seed++) worlds.push(await hear(numbers.length, faults, seed));
      return worlds;
    };
    const sorted = (heard: string[]): string =>
      heard.toSorted((one, other) => Number(one) - Number(other)).join();
    const lossy = await hearOften({ lostDatagrams: 0.3 });
    expect(lossy.some((heard) => heard.length < numbers.length)).toBe(true);
    expect(lossy.every((heard) => new Set(heard).size === heard.length)).toBe(true);
    const repeated = await hearOften({ repeatedDatagrams: 0.3 });
    expect(repeated.some((heard) => heard.length > numbers.length)).toBe(true);
    expect(repeated.every((heard) => [...new Set(heard)].join() === inOrder)).toBe(true);
    const mixed = await hearOften({ latencyMs: [1, 50] });
    expect(mixed.some((heard) => heard.join() !== inOrder)).toBe(true);
    expect(mixed.every((heard) => sorted(heard) === inOrder)).toBe(true);
  });

  test("is copied before its host is looked up", async () => {
    const heard: string[] = [];
    await simulate(CALM, async (world) => {
      startListening(world, "server", heard);
      await sleep(1);
      await world.host("client").run(async () => {
        await using socket = await UdpSocket.bind({ hostname: "0.0.0.0" });
        const bytes = new TextEncoder().encode("as it was");
        const sending = socket.send(bytes, { hostname: "server", port: PORT });
        bytes.fill(0);
        await sending;
        await sleep(1);
      });
    });
    expect(heard).toEqual(["as it was"]);
  });

  test("is lost where the way is cut, also when it was under way already", async () => {
    const heard: string[] = [];
    await simulate({ ...CALM, faults: { latencyMs: [10, 10] } }, async (world) => {
      startListening(world, "server", heard);
      await world.host("client").run(async () => {
        await sleep(1);
        await using socket = await UdpSocket.connect({ hostname: "server", port: PORT });
        await socket.send("before");
        await sleep(20);
        await socket.send("under way");
        world.partition("client", "server");
        await socket.send("cut off");
        await sleep(20);
        world.heal();
        await socket.send("after");
        await sleep(20);
      });
    });
    expect(heard).toEqual(["before", "after"]);
  });

  test("to a port that nobody has is refused, which a connected sender hears", async () => {
    await simulate(CALM, async (world) => {
      await world.host("client").run(async () => {
        await using socket = await UdpSocket.connect({ hostname: "server", port: PORT });
        await socket.send("anybody?");
        expect(await failureOf(socket.receive())).toMatchObject({ code: "ECONNREFUSED" });
        world.partition("client", "server");
        await socket.send("anybody?");
        const silence = await failureOf(timeout(1000, () => socket.receive()));
        expect(silence).toBeInstanceOf(TimeoutError);
      });
    });
  });

  test("does not leave a loopback address, and comes to nobody else's", async () => {
    await simulate(CALM, async (world) => {
      const address = world.host("server").address;
      await world.host("client").run(async () => {
        await using socket = await UdpSocket.bind();
        const error = await failureOf(socket.send("x", { address, port: PORT }));
        expect(fieldsOf(error, "code", "message")).toEqual({
          code: "EINVAL",
          message: `send EINVAL ${address}:${PORT}`,
        });
        const elsewhere = await failureOf(UdpSocket.bind({ hostname: address }));
        expect(elsewhere).toMatchObject({ code: "EADDRNOTAVAIL" });
      });
    });
  });

  test("is lost with a crashed host, and comes to its next life", async () => {
    const heard: string[] = [];
    await simulate(CALM, async (world) => {
      startListening(world, "server", heard);
      await sleep(1);
      await world.host("client").run(async () => {
        await using socket = await UdpSocket.bind({ hostname: "0.0.0.0" });
        const to = { hostname: "server", port: PORT };
        await socket.send("first life", to);
        await sleep(1);
        world.crash("server");
        await socket.send("to nobody", to);
        await sleep(1);
        world.restart("server");
        startListening(world, "server", heard);
        await sleep(1);
        await socket.send("second life", to);
        await sleep(1);
      });
    });
    expect(heard).toEqual(["first life", "second life"]);
  });
});

describe("within a host", () => {
  test("a socket that nobody reads drops what it has no room for", async () => {
    await simulate(CALM, async () => {
      await using server = await UdpSocket.bind();
      await using client = await UdpSocket.connect({ port: server.address.port });
      const count = 1000;
      for (let i = 0; i < count; i++) await client.send(new Uint8Array(1000));
      let received = 0;
      while ((await timeout(1, () => server.receive()).catch(() => null)) !== null) received++;
      expect(received).toBeGreaterThan(50);
      expect(received).toBeLessThan(count);
    });
  });

  test("ports are TCP's or UDP's, and are shared by who asks for it", async () => {
    await simulate(CALM, async () => {
      await using first = await UdpSocket.bind({ port: PORT, reusePort: true });
      await using second = await UdpSocket.bind({ port: PORT, reusePort: true });
      expect(second.address).toEqual(first.address);
      for (const hostname of ["127.0.0.1", "0.0.0.0", "::"]) {
        const error = await failureOf(UdpSocket.bind({ hostname, port: PORT }));
        expect(error).toMatchObject({ code: "EADDRINUSE" });
      }
      await using six = await UdpSocket.bind({ hostname: "::", port: PORT, ipv6Only: true });
      expect(six.address.family).toBe("IPv6");
    });
  });

  test("`::` takes IPv4 as well, says so, and answers it", async () => {
    await simulate(CALM, async () => {
      await using server = await UdpSocket.bind({ hostname: "::" });
      for (const [hostname, address] of [
        ["127.0.0.1", "::ffff:127.0.0.1"],
        ["::1", "::1"],
      ] as const) {
        const { port } = server.address;
        await using client = await UdpSocket.connect({ hostname, port });
        await client.send("ping");
        const ping = await server.receive();
        expect(ping).toMatchObject({ family: "IPv6", address });
        await server.send("pong", ping);
        expect(textOf(await client.receive())).toBe("pong");
      }
    });
  });

  test("there is no multicast, and that is said", async () => {
    await simulate(CALM, async () => {
      await using socket = await UdpSocket.bind({ hostname: "0.0.0.0" });
      expect(() => socket.addMembership("239.7.7.7")).toThrow("addMembership ENOTSUP");
    });
  });
});

/** Sends each number again until the other side has confirmed it. */
async function sendReliably(count: number): Promise<void> {
  await using socket = await UdpSocket.connect({ hostname: "server", port: PORT });
  for (let next = 0; next < count;) {
    try {
      await socket.send(String(next));
      const confirmed = await timeout(100, () => socket.receive());
      if (textOf(confirmed) === String(next)) next++;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== "ETIMEDOUT" && code !== "ECONNREFUSED") throw error;
    }
  }
}

test("repeating what is not confirmed brings each number once, in any world", async () => {
  const count = 20;
  await explore({ seeds: 60, hosts: CALM.hosts, faults: "all" }, async (world) => {
    const taken: number[] = [];
    world.host("server").spawn(async () => {
      await using socket = await UdpSocket.bind({ hostname: "0.0.0.0", port: PORT });
      for await (const datagram of socket) {
        const number = Number(textOf(datagram));
        if (number === taken.length) taken.push(number);
        if (number < taken.length) await socket.send(String(number), datagram);
      }
    });
    const sending = world.host("client").run(() => sendReliably(count));
    await sleep(world.choose(500));
    world.partition("client", "server");
    await sleep(world.choose(500));
    world.heal();
    await sending;
    if (taken.join() !== numbers.slice(0, count).join()) throw new Error(`Taken: ${taken.join()}`);
    const { ledger } = Runtime.current().driver;
    if (ledger.inFlight > 0) throw new Error("The world itself has operations in flight");
  });
});

test("a receive that loses a race leaves its datagram to the next, in any world", async () => {
  let aborted = 0;
  await explore({ seeds: 60, faults: "benign" }, async (world) => {
    await using server = await UdpSocket.bind();
    await using client = await UdpSocket.connect({ port: server.address.port });
    const sending = spawn(async () => {
      for (const text of numbers) {
        await client.send(text);
        await sleep(world.choose(4) / 8);
      }
    });
    const taken: string[] = [];
    while (taken.length < numbers.length) {
      const controller = new AbortController();
      const receiving = server.receive({ signal: controller.signal }).then(textOf, () => null);
      await sleep(world.choose(4) / 8);
      controller.abort();
      const text = await receiving;
      if (text === null) aborted++;
      else taken.push(text);
    }
    await sending;
    if (taken.join() !== numbers.join()) throw new Error(`Taken: ${taken.join()}`);
  });
  expect(aborted).toBeGreaterThan(100);
});
