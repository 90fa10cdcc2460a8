import { expect, test } from "bun:test";
import { once } from "node:events";
import { FakeDriver, FakeRuntime } from "../test/fake-driver.ts";
import { fakeKind } from "../test/fake-kind.ts";
import { untilParked } from "../test/parked.ts";
import { failureOf, type Settled, watch } from "../test/settled.ts";
import { Descriptor } from "./contract/descriptor.ts";
import { RuntimeClosedError } from "./errors.ts";
import { liveRuntimes } from "./observe/attach.ts";
import { RuntimeObserver } from "./observe/observer.ts";
import { OperationWait } from "./operation-wait.ts";
import { Runtime } from "./runtime.ts";
import { shield } from "./shield.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { suspend } from "./suspend.ts";
import { TASK_BUDGET } from "./task.ts";
import { timeout } from "./timeout.ts";
import { spendBudget } from "./wait.ts";
import { yieldNow } from "./yield-now.ts";

function never(): Promise<void> {
  return suspend<void>(() => undefined);
}

test("the first runtime of a thread is the one that code outside tasks uses", async () => {
  await using first = new FakeRuntime();
  await using second = new FakeRuntime();
  expect(Runtime.current()).toBe(first.runtime);
  const inside = await second.runtime.spawn(() => Runtime.current());
  expect(inside).toBe(second.runtime);
});

test("a runtime whose shutdown takes its time does not stand in the way of the next", async () => {
  const first = new FakeRuntime();
  first.driver.cancelsAtOnce = false;
  const operation = first.driver.ledger.prepare(fakeKind(), null, {
    onCompletion: () => undefined,
  });
  first.runtime.submit(operation);
  const ending = first.runtime.shutdown({ deadlineMs: 100 });
  await using second = new FakeRuntime();
  expect(Runtime.current()).toBe(second.runtime);
  await ending;
  expect(Runtime.current()).toBe(second.runtime);
});

test("a driver that is given as an object is used as it is", async () => {
  await using fake = new FakeRuntime();
  expect(fake.runtime.driver).toBe(fake.driver);
  expect(fake.runtime.choice).toEqual({ driver: "fake", reason: "given as an object" });
});

test.each(["spinMicros", "tickMsMax"])("a bad %s is refused by name", (option) => {
  const options = { driver: new FakeDriver(), [option]: -1 };
  expect(() => Runtime.create(options)).toThrow(
    new RangeError(`Cannot create a runtime with ${option} "-1": pass 0 or more`),
  );
});

test("what is not a function cannot be spawned", async () => {
  await using _fake = new FakeRuntime();
  expect(() => spawn("work" as unknown as () => void)).toThrow(
    new TypeError('Cannot spawn "work": pass a function'),
  );
});

test.each([0, -1, 0.5, Number.NaN, "x" as unknown as number])(
  "a budget of %p is refused",
  (budget) => {
    expect(() => Runtime.create({ driver: new FakeDriver(), budget })).toThrow(
      new RangeError(
        `Cannot create a runtime with budget "${budget}": pass a whole number above 0`,
      ),
    );
  },
);

test("a runtime's budget is what its tasks may take at once", async () => {
  await using fake = new FakeRuntime({ budget: 3 });
  const taken = (): number => {
    let count = 0;
    while (spendBudget()) count++;
    return count;
  };
  expect(await spawn(taken)).toBe(3);
  expect(await spawn(() => yieldNow().then(taken))).toBe(3);
  expect(fake.runtime.metrics().budgetsSpent).toBe(2);
});

test("spawn and blockOn may be taken out of a runtime, into another's code", async () => {
  await using _current = new FakeRuntime();
  await using fake = new FakeRuntime({ isPrivate: true });
  const { spawn: spawnThere, blockOn: blockThere } = fake.runtime;
  const there = await spawnThere(() => Runtime.current());
  expect(there).toBe(fake.runtime);
  expect(blockThere(() => sleep(1).then(() => "slept"))).toBe("slept");
});

test("metrics count spent budgets, parks and what is open, and tell the age", async () => {
  await using fake = new FakeRuntime();
  const before = fake.runtime.metrics();
  expect([before.budgetsSpent, before.parks, before.resources.open]).toEqual([0, 0, 0]);
  const greedy = spawn(() => {
    for (let i = 0; i <= TASK_BUDGET; i++) spendBudget();
  });
  await greedy;
  const resource = { destroy: () => undefined };
  fake.runtime.register(resource);
  await untilParked(fake.runtime);
  const after = fake.runtime.metrics();
  fake.runtime.unregister(resource);
  expect([after.budgetsSpent, after.resources.open]).toEqual([1, 1]);
  expect(after.parks).toBeGreaterThan(0);
  expect(after.uptimeMs).toBeGreaterThan(before.uptimeMs);
});

test("metrics count tasks, operations and timers", async () => {
  await using fake = new FakeRuntime();
  const before = fake.runtime.metrics();
  const task = spawn(() => sleep(1000));
  await yieldNow();
  const during = fake.runtime.metrics();
  expect(during.tasks).toEqual({ spawned: 1, finished: 0, live: 1, ready: 0 });
  expect(during.timers.armed).toBe(1);
  expect(during.polls).toBeGreaterThan(before.polls);
  task.abort("over");
  await failureOf(task);
  expect(fake.runtime.metrics().tasks).toEqual({ spawned: 1, finished: 1, live: 0, ready: 0 });
});

test("shutdown aborts tasks, waits for their clean-up, and then destroys the driver", async () => {
  const fake = new FakeRuntime();
  const log: unknown[] = [];
  const task = fake.runtime.spawn(async () => {
    try {
      await never();
    } catch (reason) {
      log.push(reason);
    } finally {
      await shield(() => sleep(1));
      log.push(fake.driver.destroyed);
    }
  });
  await yieldNow();
  await fake.runtime.shutdown();
  expect(log).toEqual([expect.any(RuntimeClosedError), null]);
  expect([task.isFinished, fake.driver.destroyed]).toEqual([true, { leak: false }]);
});

test("shutdown cancels what is in flight, and reaps it before memory goes", async () => {
  const fake = new FakeRuntime();
  fake.driver.cancelsAtOnce = false;
  const descriptor = new Descriptor(77);
  const wait = new OperationWait(fake.runtime, undefined);
  const operation = wait.prepare(fakeKind(), descriptor);
  if (operation === null) throw new Error("not prepared");
  wait.submit(operation);
  const settled = watch(wait.promise);
  const shutdown = fake.runtime.shutdown();
  fake.driver.ledger.close(descriptor);
  expect([fake.driver.destroyed, fake.driver.closedFds]).toEqual([null, []]);
  fake.driver.complete(operation, -125);
  await shutdown;
  expect([fake.driver.destroyed, fake.driver.closedFds]).toEqual([{ leak: false }, [77]]);
  expect(settled.error).toBeInstanceOf(RuntimeClosedError);
});

test("a kernel that does not let go in time is told of, and its memory stays mapped", async () => {
  const fake = new FakeRuntime();
  fake.driver.cancelsAtOnce = false;
  const wait = new OperationWait(fake.runtime, undefined);
  const operation = wait.prepare(fakeKind("recv"), null);
  if (operation === null) throw new Error("not prepared");
  wait.submit(operation);
  watch(wait.promise);
  const { promise: warned, resolve } = Promise.withResolvers<Error>();
  process.once("warning", resolve);
  await fake.runtime.shutdown({ deadlineMs: 5 });
  expect(fake.driver.destroyed).toEqual({ leak: true });
  expect(String(await warned)).toBe(
    "BasculeLeakWarning: Runtime shut down with 1 operations that the kernel would not end in " +
      "time (recv): their memory stays mapped",
  );
});

test("after shutdown nothing is spawned or opened", async () => {
  const fake = new FakeRuntime();
  const first = fake.runtime.shutdown();
  expect(fake.runtime.shutdown()).toBe(first);
  await first;
  expect(fake.runtime.isClosed).toBe(true);
  expect(() => fake.runtime.spawn(() => 1)).toThrow(RuntimeClosedError);
  expect(() => fake.runtime.register({ destroy: () => undefined })).toThrow(RuntimeClosedError);
});

test("shutdown destroys what is open, with the reason", async () => {
  const fake = new FakeRuntime();
  const reasons: unknown[] = [];
  const gone = { destroy: () => void reasons.push("gone") };
  fake.runtime.register({ destroy: (reason) => void reasons.push(reason) });
  fake.runtime.register(gone);
  fake.runtime.unregister(gone);
  await fake.runtime.shutdown();
  expect(reasons).toEqual([expect.any(RuntimeClosedError)]);
});

test("a task may shut its own runtime down", async () => {
  await using _outside = new FakeRuntime();
  const fake = new FakeRuntime();
  const task = fake.runtime.spawn(async () => {
    await fake.runtime.shutdown();
    return "left";
  });
  expect(await task).toBe("left");
  expect(fake.driver.destroyed).toEqual({ leak: false });
});

test("waits outside tasks reject when the runtime goes", async () => {
  const fake = new FakeRuntime();
  const waiting = watch(never());
  await fake.runtime.shutdown();
  expect(waiting.error).toBeInstanceOf(RuntimeClosedError);
});

test("whoever lent memory to the kernel never has it back after the deadline", async () => {
  await using other = new FakeRuntime();
  const fake = new FakeRuntime();
  fake.driver.cancelsAtOnce = false;
  const log: unknown[] = [];
  const reader = fake.runtime.spawn(async () => {
    const wait = new OperationWait(fake.runtime, undefined);
    const operation = wait.prepare(fakeKind("recv"), null);
    if (operation === null) throw new Error("not prepared");
    wait.submit(operation);
    try {
      await wait.promise;
    } finally {
      log.push("the memory is used again");
    }
  });
  const joiner = other.runtime.spawn(() => failureOf(reader));
  await yieldNow();
  const warning = once(process, "warning");
  await fake.runtime.shutdown({ deadlineMs: 1 });
  expect(log).toEqual([]);
  expect(fake.driver.destroyed).toEqual({ leak: true });
  expect(String(await joiner)).toBe(
    "RuntimeClosedError: The runtime was shut down before this wait had ended",
  );
  expect(reader.isFinished).toBe(true);
  expect(fake.runtime.metrics().tasks.live).toBe(0);
  expect((await warning).join()).toContain("that the kernel would not end in time (recv)");
});

test("a task that shutdown has given up is not counted again when it ends", async () => {
  await using other = new FakeRuntime();
  const fake = new FakeRuntime();
  fake.driver.cancelsAtOnce = false;
  const late = Promise.withResolvers<void>();
  const task = fake.runtime.spawn(async () => {
    const wait = new OperationWait(fake.runtime, undefined);
    const operation = wait.prepare(fakeKind("recv"), null);
    if (operation !== null) wait.submit(operation);
    await Promise.race([wait.promise, late.promise]);
  });
  const joiner = other.runtime.spawn(() => failureOf(task));
  await yieldNow();
  const warning = once(process, "warning");
  await fake.runtime.shutdown({ deadlineMs: 1 });
  await warning;
  late.resolve();
  for (let hop = 0; hop < 10; hop++) await null;
  expect(await joiner).toBeInstanceOf(RuntimeClosedError);
  expect(fake.runtime.metrics().tasks).toMatchObject({ live: 0, finished: 0 });
});

test("a shield that goes on past the deadline is ended, and none begins afterwards", async () => {
  const fake = new FakeRuntime();
  const log: unknown[] = [];
  const note = (error: unknown): void => void log.push(error);
  const task = fake.runtime.spawn(async () => {
    await shield(() => sleep(60_000)).catch(note);
    await shield(() => sleep(1)).catch(note);
    await sleep(1).catch(note);
  });
  await yieldNow();
  await fake.runtime.shutdown({ deadlineMs: 5 });
  expect(log).toEqual([
    expect.any(RuntimeClosedError),
    expect.any(RuntimeClosedError),
    expect.any(RuntimeClosedError),
  ]);
  expect(task.isFinished).toBe(true);
  expect(fake.driver.destroyed).toEqual({ leak: false });
});

test("waits that outlive their task, time-out or shield end with the runtime", async () => {
  const fake = new FakeRuntime();
  const left: Settled<void>[] = [];
  await fake.runtime.spawn(async () => {
    left.push(watch(never()));
    await timeout(60_000, async () => void left.push(watch(never())));
    await shield(async () => void left.push(watch(never())));
  });
  await shield(async () => void left.push(watch(never())));
  expect(left.map(({ state }) => state)).toEqual(["pending", "pending", "pending", "pending"]);
  await fake.runtime.shutdown();
  for (const { error } of left) expect(error).toBeInstanceOf(RuntimeClosedError);
});

test("a task that goes on waiting after the end is told so, and let down at last", async () => {
  await using _outside = new FakeRuntime();
  const fake = new FakeRuntime();
  let failures = 0;
  const stubborn = fake.runtime.spawn(async () => {
    await fake.runtime.shutdown();
    for (;;) await sleep(1).catch(() => failures++);
  });
  stubborn.unref();
  await sleep(5);
  expect(failures).toBeGreaterThan(10);
  const { promise: quiet, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  const look = (): void => {
    if (failures === seen) return resolve();
    seen = failures;
    setImmediate(() => setImmediate(look));
  };
  look();
  await quiet;
});

test("a runtime that has crashed is forgotten, and its observers are told", async () => {
  let detached = 0;
  class Observer extends RuntimeObserver {
    override detached(): void {
      detached++;
    }
  }
  await using fake = new FakeRuntime();
  fake.runtime.observe(new Observer());
  expect(liveRuntimes()).toContain(fake.runtime);
  fake.runtime.abandon(new Error("The power has failed"));
  expect([detached, liveRuntimes().includes(fake.runtime)]).toEqual([1, false]);
  expect(fake.runtime.loop.executor.observer).toBeNull();
});

test("what is begun on a runtime that has crashed comes to nothing, without failing", async () => {
  await using fake = new FakeRuntime();
  const { runtime } = fake;
  runtime.abandon(new Error("The power has failed"));
  const seen: string[] = [];
  const later = runtime.spawn(() => seen.push("began"));
  runtime.register({ destroy: () => seen.push("destroyed") });
  expect(() => runtime.blockOn(later)).toThrow("the runtime has crashed");
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect([seen, later.isFinished, runtime.isAbandoned]).toEqual([[], false, true]);
});

test("a registration that throws rejects its wait, and leaves none behind", async () => {
  await using fake = new FakeRuntime();
  const failure = new Error("no such event");
  const register = (): never => {
    throw failure;
  };
  expect(await failureOf((async () => suspend(register))())).toBe(failure);
  expect(fake.runtime.loop.executor.root.context.isWaiting).toBe(false);
});

test("a task that another runtime's task spawned has no parent among strangers", async () => {
  await using fake = new FakeRuntime();
  await using other = new FakeRuntime();
  await using stranger = other.runtime.spawn(never, { name: "stranger" });
  const spawned = await fake.runtime.spawn(() => [other.runtime.spawn(never)] as const);
  await using child = spawned[0];
  const tasks = other.runtime.snapshot().tasks;
  expect(tasks.find(({ id }) => id === child.id)?.parentId).toBe(0);
  expect(stranger.isFinished).toBe(false);
});
