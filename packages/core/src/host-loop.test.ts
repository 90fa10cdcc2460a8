import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { fakeKind } from "../test/fake-kind.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { yieldNow } from "./yield-now.ts";

test("what a completion gathers is flushed, also when the tick has had its time", async () => {
  await using fake = new FakeRuntime({ tickMsMax: 0 });
  const { promise: flushed, resolve } = Promise.withResolvers<void>();
  const { ledger } = fake.driver;
  const operation = ledger.prepare(fakeKind(), null, {
    onCompletion: () => fake.runtime.flushLater({ flush: resolve }),
  });
  fake.runtime.submit(operation);
  fake.driver.complete(operation, 0);
  await flushed;
  expect(ledger.inFlight).toBe(0);
});

test("a flushable is flushed once, before the driver's next turn", async () => {
  await using fake = new FakeRuntime();
  const turnsSeen: number[] = [];
  const flushable = { flush: () => void turnsSeen.push(fake.driver.counters.turns) };
  fake.runtime.flushLater(flushable);
  const before = fake.driver.counters.turns;
  await yieldNow();
  await sleep(1);
  expect(turnsSeen).toEqual([before]);
});

test("Bun's own loop gets its turn between ticks while tasks never stop being ready", async () => {
  await using _fake = new FakeRuntime({ tickMsMax: 1 });
  let isOver = false;
  const spinning = spawn(async () => {
    while (!isOver) await yieldNow();
    return "stopped";
  });
  setTimeout(() => (isOver = true), 1);
  expect(await spinning).toBe("stopped");
});

test("what becomes ready in a microtask gets a tick without a turn of Bun's loop", async () => {
  await using _fake = new FakeRuntime();
  let turned = false;
  const immediate = setImmediate(() => (turned = true));
  for (let i = 0; i < 3; i++) await spawn(() => yieldNow());
  expect(turned).toBe(false);
  clearImmediate(immediate);
});
