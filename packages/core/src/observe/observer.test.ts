import { expect, test } from "bun:test";
import { EventLog } from "../../test/event-log.ts";
import { ExecutorProbe } from "../../test/executor-probe.ts";
import { FakeRuntime } from "../../test/fake-driver.ts";
import { fakeKind } from "../../test/fake-kind.ts";
import { waitInKernel } from "../../test/kernel-wait.ts";
import { untilParked } from "../../test/parked.ts";
import { sleep } from "../sleep.ts";
import { spawn } from "../spawn.ts";
import { yieldNow } from "../yield-now.ts";
import { RuntimeObserver } from "./observer.ts";

test("a task's life is told in order: spawn, wake-ups, polls, end", () => {
  const probe = new ExecutorProbe();
  const log = new EventLog();
  probe.executor.observer = log;
  probe.spawn(() => yieldNow(), "normal", "one");
  probe.runAll();
  expect(log.events).toEqual([
    "spawned one",
    "woken one",
    "poll one",
    "woken one by itself",
    "end of poll one",
    "poll one",
    "ended one",
    "end of poll one",
  ]);
  expect(log.timesMs).toEqual(log.timesMs.toSorted((left, right) => left - right));
});

test("observed tasks run in the order in which unobserved ones do", () => {
  const orders = [null, new EventLog()].map((observer) => {
    const probe = new ExecutorProbe();
    probe.executor.observer = observer;
    for (const priority of ["low", "normal", "high", "normal"] as const) {
      probe.spawn(async () => {
        for (let step = 0; step < 40; step++) {
          probe.log.push(priority);
          await yieldNow();
        }
      }, priority);
    }
    probe.runAll();
    return probe.log.join();
  });
  expect(orders[1]).toBe(orders[0] ?? "");
});

test("each poll of an observed batch ends before the next begins, with its continuations", () => {
  const probe = new ExecutorProbe();
  const log = new EventLog();
  for (let i = 0; i < 20; i++) {
    probe.spawn(async () => {
      await yieldNow();
      log.events.push("continued");
    });
  }
  probe.executor.run(20);
  probe.executor.observer = log;
  probe.executor.run(20);
  const polls = log.events.filter((event) => /^(poll|continued|end of poll)/.test(event));
  expect(polls).toHaveLength(60);
  for (let i = 0; i < 60; i += 3) {
    expect(polls[i]).toStartWith("poll task-");
    expect(polls[i + 1]).toBe("continued");
    expect(polls[i + 2]).toBe(`end of ${polls[i]}`);
  }
});

test("operations are told: submission, cancel, every completion", async () => {
  await using fake = new FakeRuntime();
  const log = new EventLog();
  using _observing = fake.runtime.observe(log);
  const { ledger } = fake.driver;
  const operation = ledger.prepare(fakeKind(), null, { onCompletion: () => undefined });
  fake.runtime.submit(operation);
  fake.driver.complete(operation, 3, true);
  await sleep(1);
  fake.runtime.cancel(operation);
  await sleep(1);
  const { name } = fakeKind();
  expect(log.events.filter((event) => event.includes(name))).toEqual([
    `submitted ${name}`,
    `completed ${name} with 3, more follows`,
    `cancelled ${name}`,
    `completed ${name} with -125`,
  ]);
});

test("sleeping in Bun's loop and waiting in the kernel are told apart", async () => {
  await using fake = new FakeRuntime();
  const log = new EventLog();
  using _observing = fake.runtime.observe(log);
  await untilParked(fake.runtime);
  expect(log.events).toContain("parked");
  expect(log.events.indexOf("awoken")).toBeGreaterThan(log.events.indexOf("parked"));
  log.events.length = 0;
  waitInKernel(fake);
  expect(log.events).toContain("turn that waits");
  expect(log.events).not.toContain("parked");
});

test("several observers are told, each until it is disposed of or the runtime ends", async () => {
  const fake = new FakeRuntime();
  const [first, second] = [new EventLog(), new EventLog()];
  const one = fake.runtime.observe(first);
  fake.runtime.observe(second);
  await spawn(() => undefined, { name: "a" });
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  await spawn(() => undefined, { name: "b" });
  await fake.runtime.shutdown();
  expect(first.events.filter((event) => /spawned|detached/.test(event))).toEqual([
    "spawned a",
    "detached",
  ]);
  expect(second.events.filter((event) => /spawned|detached/.test(event))).toEqual([
    "spawned a",
    "spawned b",
    "detached",
  ]);
  expect(fake.runtime.loop.executor.observer).toBeNull();
  expect(fake.driver.ledger.observer).toBeNull();
});

test("an observer may override as little as it likes", async () => {
  await using fake = new FakeRuntime();
  using _observing = fake.runtime.observe(new (class extends RuntimeObserver {})());
  expect(await spawn(() => sleep(1).then(() => 42))).toBe(42);
});
