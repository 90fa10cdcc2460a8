import { describe, expect, test } from "bun:test";
import { blockOn, BlockOnDeadlockError, Runtime, sleep, spawn, yieldNow } from "@bascule/core";
import { reportOf } from "../support/program.ts";
import { connectPair } from "../support/transports.ts";

test("it waits for sockets from wherever it is called", async () => {
  expect(await reportOf<Record<string, string>>("block-on")).toEqual({
    "top level": "top",
    "async function": "async again",
    task: "task",
    "timer callback": "timer",
    immediate: "immediate",
    "Bun.serve handler": "handler",
    nested: "nested",
    "two at once": "first second",
  });
});

test("it sleeps in the kernel while it waits, and does not spin", () => {
  const before = Runtime.current().metrics();
  blockOn(() => sleep(100));
  const after = Runtime.current().metrics();
  expect(after.turns - before.turns).toBeLessThan(30);
});

test("other tasks and their sockets go on meanwhile", async () => {
  await using pair = await connectPair();
  const echo = spawn(async () => {
    for await (const chunk of pair.server) await pair.server.write(chunk);
  });
  for (let i = 0; i < 20; i++) {
    const text = `message ${i}`;
    const echoed = blockOn(async () => {
      await pair.client.write(text);
      return await pair.client.readExactly(text.length);
    });
    expect(Buffer.from(echoed).toString()).toBe(text);
  }
  await pair.client.closeWrite();
  await echo;
});

describe("what could never finish throws BlockOnDeadlockError instead of hanging", () => {
  const hopeless: readonly [string, () => Promise<unknown>, ends: boolean][] = [
    ["a promise that nobody settles", () => new Promise(() => undefined), false],
    ["a timer of Bun's", () => Bun.sleep(1), true],
    ["a fetch", () => fetch("http://127.0.0.1:9/").catch(() => "refused"), true],
  ];
  test.each(hopeless)("%s", async (_name, wait, ends) => {
    const promise = wait();
    expect(() => blockOn(promise)).toThrow(BlockOnDeadlockError);
    expect(() => blockOn(promise)).toThrow("It may wait for Bun's own fetch, timers or sockets");
    // Bun's own timer and socket must be gone before the next test.
    if (ends) await promise;
  });

  test("two tasks that wait for each other, while a listener idles beside them", async () => {
    await using pair = await connectPair();
    const idle = pair.server.read();
    const waiting = (): Promise<void> => first.then();
    const first = spawn((): Promise<void> => second.then(), { name: "first" });
    const second = spawn(waiting, { name: "second" });
    await yieldNow();
    second.abort("enough");
    expect(() => blockOn(first)).toThrow("enough");
    await pair.client.write("x");
    expect((await idle)?.byteLength).toBe(1);
  });
});
