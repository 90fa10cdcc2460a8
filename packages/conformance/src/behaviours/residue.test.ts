import { expect, test } from "bun:test";
import { heapStats } from "bun:jsc";
import { getEventListeners } from "node:events";
import { readFileSync } from "node:fs";
import { Runtime, sleep, spawn, TaskScope, timeout, yieldNow } from "@bascule/core";
import { eventually, openDescriptors } from "@bascule/test-support";
import { connectPair, tcp } from "../support/transports.ts";

const O_CLOEXEC = 0o2000000;

/** How many objects of a class are alive after a collection. */
function alive(...classes: string[]): number {
  Bun.gc(true);
  const { objectTypeCounts } = heapStats();
  return classes.reduce((sum, name) => sum + (objectTypeCounts[name] ?? 0), 0);
}

test("every descriptor of ours is closed on exec: no child inherits a connection", async () => {
  const inherited = (): string[] =>
    openDescriptors().filter((each) => {
      const fd = each.split(" ")[0];
      const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
      return (Number.parseInt(flags ?? "0", 8) & O_CLOEXEC) === 0;
    });
  const before = inherited();
  await using endpoint = await tcp.listen();
  const [client, server] = await Promise.all([endpoint.connect(), endpoint.accept()]);
  await client.write("x");
  await server.readExactly(1);
  expect(inherited()).toEqual(before);
  await Promise.all([client.close(), server.close()]);
});

test("connections that are closed are collected", async () => {
  const classes = ["TcpStream", "Inbox", "Outbox", "Descriptor", "LineReader"];
  const before = alive(...classes);
  for (let i = 0; i < 300; i++) {
    await using pair = await connectPair();
    await pair.client.write("one\n");
    expect(await pair.server.lines().next()).toBe("one");
    await pair.client.write("two");
    await timeout(1000, () => pair.server.readExactly(3));
  }
  // What the last iteration left on the stack, and in caches, may stay.
  expect(await eventually(() => alive(...classes) - before < 60, 2000)).toBe(true);
});

test("tasks, scopes and waits that have ended are collected", async () => {
  const classes = ["Task", "Context", "TimerWait", "TaskScope", "JoinHandle"];
  const before = alive(...classes);
  for (let i = 0; i < 2000; i++) {
    await using scope = new TaskScope({ deadlineMs: 60_000 });
    scope.spawn(() => sleep(0));
    const task = spawn(() => sleep(60_000));
    await yieldNow();
    task.abort();
    await task.catch(() => undefined);
  }
  expect(await eventually(() => alive(...classes) - before < 100, 2000)).toBe(true);
});

test("a signal that outlives ten thousand waits keeps no listener of them", async () => {
  await using pair = await connectPair();
  const { signal } = new AbortController();
  const echo = spawn(async () => {
    for await (const chunk of pair.server) await pair.server.write(chunk);
  });
  for (let i = 0; i < 2500; i++) {
    await pair.client.write("x", { signal });
    await pair.client.flush({ signal });
    await pair.client.read({ signal });
    await sleep(0, { signal });
  }
  expect(getEventListeners(signal, "abort").length).toBe(0);
  await pair.client.closeWrite();
  await echo;
});

test("a long conversation makes no more operations than a short one", async () => {
  await using pair = await connectPair();
  const exchange = async (): Promise<void> => {
    await pair.client.write("x");
    await pair.server.readExactly(1);
  };
  for (let i = 0; i < 100; i++) await exchange();
  const { ledger } = Runtime.current().driver;
  const slots = (): number =>
    [...ledger.pending()].reduce((max, { slot }) => Math.max(max, slot), 0);
  const before = slots();
  for (let i = 0; i < 5000; i++) await exchange();
  expect(slots()).toBe(before);
});
