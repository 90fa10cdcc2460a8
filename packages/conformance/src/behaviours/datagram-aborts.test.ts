import { describe, expect, test } from "bun:test";
import { Runtime, spawn, timeout, TimeoutError, yieldNow } from "@bascule/core";
import { type Datagram, UdpSocket } from "@bascule/net";
import { select } from "@bascule/sync";
import { failureOf } from "../support/failure.ts";
import { type Random, withRandom } from "../support/random.ts";

const ROUNDS = 10_000;
/** Datagrams under way at once: fewer than the kernel has room for, so that it drops none. */
const UNDER_WAY_MAX = 32;

interface Sockets extends AsyncDisposable {
  readonly client: UdpSocket;
  readonly server: UdpSocket;
}

async function connected(): Promise<Sockets> {
  const server = await UdpSocket.bind();
  const client = await UdpSocket.connect({ port: server.address.port });
  return {
    client,
    server,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([client.close(), server.close()]);
    },
  };
}

function textOf({ data }: Datagram): string {
  return new TextDecoder().decode(data);
}

async function yields(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await yieldNow();
}

describe("a receive", () => {
  test("with a signal that is aborted already takes nothing", async () => {
    await using pair = await connected();
    await pair.client.send("first");
    await pair.server.receive();
    await pair.client.send("kept");
    expect(await failureOf(pair.server.receive({ signal: AbortSignal.abort("before") }))).toBe(
      "before",
    );
    expect(textOf(await pair.server.receive())).toBe("kept");
  });

  test("that is aborted while it waits leaves what comes later to the next", async () => {
    await using pair = await connected();
    const controller = new AbortController();
    const waiting = pair.server.receive({ signal: controller.signal });
    await yieldNow();
    controller.abort("while waiting");
    expect(await failureOf(waiting)).toBe("while waiting");
    await pair.client.send("kept");
    expect(textOf(await pair.server.receive())).toBe("kept");
  });

  test("that is aborted between arrival and delivery takes nothing", async () => {
    await using pair = await connected();
    const controller = new AbortController();
    const waiting = failureOf(pair.server.receive({ signal: controller.signal }));
    const sending = pair.client.send("kept");
    // Turned by hand, the driver delivers to the socket, but no task has its turn.
    const { driver } = Runtime.current();
    const { counters } = driver.ledger;
    const before = counters.completed;
    const endMs = performance.now() + 2000;
    while (counters.completed < before + 2 && performance.now() < endMs) driver.turn(10);
    controller.abort("late");
    expect(await waiting).toBe("late");
    await sending;
    expect(textOf(await pair.server.receive())).toBe("kept");
  });

  test("that is aborted hands its wake-up to the next in line", async () => {
    await using pair = await connected();
    const controller = new AbortController();
    const first = failureOf(pair.server.receive({ signal: controller.signal }));
    const second = pair.server.receive();
    await pair.client.send("for the second");
    controller.abort("late");
    const given = await first.catch((datagram: unknown) => datagram);
    expect(given).toBe("late");
    expect(textOf(await second)).toBe("for the second");
  });

  test("of a task that is aborted rejects with the task's reason", async () => {
    await using pair = await connected();
    const task = spawn(() => pair.server.receive());
    await yieldNow();
    task.abort("task");
    expect(await failureOf(task)).toBe("task");
    await pair.client.send("kept");
    expect(textOf(await pair.server.receive())).toBe("kept");
  });

  test("in a timeout rejects with the TimeoutError", async () => {
    await using pair = await connected();
    const error = await failureOf(timeout(1, (signal) => pair.server.receive({ signal })));
    expect(error).toBeInstanceOf(TimeoutError);
  });
});

test("a loop over a socket whose task is aborted takes nothing more", async () => {
  await using pair = await connected();
  const received: string[] = [];
  const task = spawn(async () => {
    for await (const datagram of pair.server) received.push(textOf(datagram));
  });
  await pair.client.send("taken");
  while (received.length === 0) await yieldNow();
  task.abort("stop");
  expect(await failureOf(task)).toBe("stop");
  await pair.client.send("kept");
  expect(textOf(await pair.server.receive())).toBe("kept");
  expect(received).toEqual(["taken"]);
});

/** Sends numbered datagrams, at random moments and lengths, never too many at once. */
async function sendNumbers(
  client: UdpSocket,
  random: Random,
  underWay: { count: number },
  isOver: () => boolean,
): Promise<number> {
  let sent = 0;
  while (!isOver()) {
    if (underWay.count < UNDER_WAY_MAX) {
      underWay.count++;
      await client.send(`${sent++} ${"x".repeat(random.between(0, 500))}`);
    }
    await yields(random.between(0, 4));
  }
  return sent;
}

/** What a select does to the branch that loses: the wait is begun, and aborted at some moment. */
async function receiveOrLose(server: UdpSocket, random: Random): Promise<Datagram | "lost"> {
  const controller = new AbortController();
  const receiving = server.receive({ signal: controller.signal }).catch((error: unknown) => {
    if (error === "lost") return "lost" as const;
    throw error;
  });
  await yields(random.between(0, 3));
  controller.abort("lost");
  return await receiving;
}

test("10,000 receives that lose a race lose no datagram: each comes once, in order", async () => {
  await withRandom(async (random) => {
    await using pair = await connected();
    const underWay = { count: 0 };
    let isOver = false;
    const sending = spawn(() => sendNumbers(pair.client, random, underWay, () => isOver));
    let next = 0;
    let lost = 0;
    const take = (datagram: Datagram): void => {
      expect(textOf(datagram).split(" ")[0]).toBe(String(next));
      next++;
      underWay.count--;
    };
    for (let round = 0; round < ROUNDS; round++) {
      const got = await receiveOrLose(pair.server, random);
      if (got === "lost") lost++;
      else take(got);
    }
    isOver = true;
    const sent = await sending;
    while (next < sent) take(await pair.server.receive());
    expect(lost).toBeGreaterThan(100);
    expect(next).toBeGreaterThan(100);
  });
}, 20_000);

test("two sockets in a select lose no datagram to each other", async () => {
  await using one = await connected();
  await using other = await connected();
  const received = { one: 0, other: 0 };
  const count = 500;
  const sending = spawn(async () => {
    for (let i = 0; i < count; i++) {
      await one.client.send(String(i));
      await other.client.send(String(i));
      while (Math.min(received.one, received.other) < i - UNDER_WAY_MAX / 2) await yieldNow();
    }
  });
  while (received.one < count || received.other < count) {
    const got = await select({
      one: (signal) => one.server.receive({ signal }),
      other: (signal) => other.server.receive({ signal }),
    });
    expect(textOf(got.value)).toBe(String(received[got.key]++));
  }
  await sending;
});

describe("a send", () => {
  test("with a signal that is aborted already sends nothing", async () => {
    await using pair = await connected();
    const reason = new Error("before");
    const signal = AbortSignal.abort(reason);
    expect(await failureOf(pair.client.send("never", null, { signal }))).toBe(reason);
    expect(reason).toMatchObject({ bytesWritten: 0 });
    await pair.client.send("first");
    expect(textOf(await pair.server.receive())).toBe("first");
  });

  test("that is aborted at any moment has gone out or not, as bytesWritten says", async () => {
    await withRandom(async (random) => {
      await using pair = await connected();
      let aborted = 0;
      for (let round = 0; round < 2000; round++) {
        const controller = new AbortController();
        const sending = pair.client.send(`round ${round}`, null, { signal: controller.signal });
        const settled = sending.then(
          () => null,
          (error: unknown) => error as Error & { bytesWritten: number },
        );
        await yields(random.between(0, 3));
        controller.abort(new Error("stop"));
        const error = await settled;
        if (error !== null) aborted++;
        if (error?.bytesWritten === 0) continue;
        expect(textOf(await pair.server.receive())).toBe(`round ${round}`);
      }
      await pair.client.send("last");
      expect(textOf(await pair.server.receive())).toBe("last");
      expect(aborted).toBeGreaterThan(0);
    });
  });
});

test("a connect that is aborted at any moment leaves no socket behind", async () => {
  await using server = await UdpSocket.bind();
  const { port } = server.address;
  for (let round = 0; round < 50; round++) {
    const controller = new AbortController();
    const connecting = UdpSocket.connect({ port, signal: controller.signal });
    const ended = connecting.then(
      (socket) => socket.close(),
      (error: unknown) => expect(error).toBe("stop"),
    );
    await yields(round % 5);
    controller.abort("stop");
    await ended;
  }
});

test("a task that is aborted can still bind and close", async () => {
  await using pair = await connected();
  const task = spawn(async () => {
    try {
      await pair.server.receive();
    } finally {
      const socket = await UdpSocket.bind();
      await socket.close();
      await pair.server.close();
    }
  });
  await yieldNow();
  task.abort("over");
  expect(await failureOf(task)).toBe("over");
  expect(pair.server.isClosed).toBe(true);
});

test("closing at any moment leaves nothing in flight, and nobody waiting", async () => {
  await withRandom(async (random) => {
    for (let round = 0; round < 300; round++) {
      const server = await UdpSocket.bind();
      const client = await UdpSocket.connect({ port: server.address.port });
      const waits = [server.receive(), client.receive(), server.receive()];
      waits.push(...[1, 2, 3].map((length) => client.send("x".repeat(length)) as never));
      const settled = Promise.allSettled(waits);
      await yields(random.between(0, 6));
      const closing = [server.close(), client.close()];
      if (random.chance(0.3)) closing.push(server.close({ lingerMs: 0 }));
      await Promise.all(closing);
      await settled;
    }
    const { ledger, sendPool } = Runtime.current().driver;
    expect([ledger.inFlight, sendPool.taken]).toEqual([0, 0]);
  });
});
