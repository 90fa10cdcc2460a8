import { expect, test } from "bun:test";
import { sleep, spawn } from "@bascule/core";
import { exists, writeFile } from "@bascule/fs";
import { TcpListener, TcpStream, UnixListener } from "@bascule/net";
import { simulate, type World } from "@bascule/sim";

/**
 * Has a host begin something, crashes it, lets what it waits for come, and starts it again.
 * @returns what it did after its crash
 */
async function afterCrash(
  begin: (gate: Promise<void>, log: string[]) => unknown,
  look: (world: World, log: string[]) => unknown = () => undefined,
): Promise<string[]> {
  return await simulate({ faults: "none", hosts: ["crashed", "other"] }, async (world) => {
    const log: string[] = [];
    const gate = Promise.withResolvers<void>();
    world.host("crashed").spawn(async () => {
      begin(gate.promise, log);
      await sleep(1e9);
    });
    await sleep(10);
    log.length = 0;
    world.crash("crashed");
    gate.resolve();
    await sleep(10_000);
    world.restart("crashed");
    await sleep(10_000);
    await look(world, log);
    return log;
  });
}

test("a crash ends the timers of the host, and of no other", async () => {
  const log = await afterCrash((_gate, seen) => {
    setInterval(() => seen.push("interval"), 1);
    setTimeout(() => seen.push("time-out"), 100);
    setImmediate(() => setTimeout(() => seen.push("nested"), 100));
  });
  expect(log).toEqual([]);
  const others = await simulate({ faults: "none", hosts: ["a", "b"] }, async (world) => {
    const seen: string[] = [];
    await world.host("a").run(() => void setTimeout(() => seen.push("fired"), 100));
    world.crash("b");
    await sleep(1000);
    return seen;
  });
  expect(others).toEqual(["fired"]);
});

test("a timer that spawns does no harm when its host has crashed", async () => {
  const log = await afterCrash((_gate, seen) => {
    setInterval(() => {
      spawn(async () => {
        seen.push("spawned");
        await sleep(1);
      });
    }, 100);
  });
  expect(log).toEqual([]);
});

test("code that a promise resumes comes no further than its next wait", async () => {
  const log = await afterCrash((gate, seen) => {
    const after = (name: string, work: () => Promise<unknown>): void => {
      void gate.then(work).then(
        () => seen.push(`${name} is done`),
        (error: unknown) => seen.push(`${name}: ${String(error)}`),
      );
    };
    after("sleep", () => sleep(1));
    after("spawn", () => Promise.resolve(spawn(() => seen.push("it runs"))));
    after("timer", () => new Promise((resolve) => setTimeout(resolve, 1)));
    after("write", () => writeFile("/tmp/grave", "from the grave"));
    after("look-up", () => TcpStream.connect({ hostname: "other", port: 7 }));
    after("connect", () => TcpStream.connect({ hostname: "10.0.0.2", port: 7 }));
    after("accept", async () => (await TcpListener.bind({ port: 8 })).accept());
    after("unix", async () => (await UnixListener.bind({ path: "/tmp/unix" })).accept());
  });
  expect(log).toEqual([]);
});

test("nothing that a host does after its crash reaches its disk or its ports", async () => {
  const log = await afterCrash(
    (gate) => {
      const after = (work: () => Promise<unknown>): void => void gate.then(work);
      after(() => writeFile("/tmp/grave", "from the grave"));
      after(() => TcpListener.bind({ port: 8 }));
      after(() => UnixListener.bind({ path: "/tmp/unix" }));
    },
    async (world, seen) => {
      await world.host("crashed").run(async () => {
        if (await exists("/tmp/grave")) seen.push("a file");
        if (await exists("/tmp/unix")) seen.push("a Unix socket");
        await using _listener = await TcpListener.bind({ port: 8 });
      });
    },
  );
  expect(log).toEqual([]);
});

test("a host that crashes itself does nothing more in that round", async () => {
  const log = await simulate({ faults: "none", hosts: ["a"] }, async (world) => {
    const seen: string[] = [];
    const host = world.host("a");
    host.spawn(async () => {
      world.crash("a");
      await sleep(1);
      seen.push("the crashing task");
    });
    host.spawn(() => seen.push("another task"));
    await sleep(1000);
    return seen;
  });
  expect(log).toEqual([]);
});
