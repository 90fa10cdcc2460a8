import { expect, test } from "bun:test";
import { FakeRuntime } from "../../test/fake-driver.ts";
import { fakeKind } from "../../test/fake-kind.ts";
import { untilParked } from "../../test/parked.ts";
import { JoinSet } from "../join-set.ts";
import { sleep } from "../sleep.ts";
import { spawn } from "../spawn.ts";
import { suspend } from "../suspend.ts";
import { TaskScope } from "../task-scope.ts";
import { yieldNow } from "../yield-now.ts";
import { describeRuntime } from "./dump.ts";
import type { TaskSnapshot } from "./snapshot.ts";

function find(tasks: readonly TaskSnapshot[], name: string): TaskSnapshot {
  const found = tasks.find((task) => task.name === name);
  if (found === undefined) throw new Error(`There is no task "${name}" in the snapshot`);
  return found;
}

test("a task tells its state, what it waits for, and where it was spawned", async () => {
  await using fake = new FakeRuntime();
  await using sleeper = spawn(() => sleep(10_000), { name: "sleeper", priority: "low" });
  await using _joiner = spawn(() => sleeper, { name: "joiner" });
  await sleep(1);
  await using _fresh = spawn(() => undefined, { name: "fresh" });
  const { tasks } = fake.runtime.snapshot();
  expect(find(tasks, "sleeper")).toMatchObject({
    id: sleeper.id,
    priority: "low",
    state: "idle",
    parentId: 0,
    scopeId: null,
    isAborted: false,
    polls: 1,
    wakes: 0,
    waits: [{ on: "timer", forMs: null, isReady: false }],
    times: null,
  });
  expect(find(tasks, "sleeper").spawnSite).toContain("take-snapshot.test.ts");
  expect(find(tasks, "joiner").waits[0]?.on).toBe('end of task "sleeper"');
  expect(find(tasks, "fresh")).toMatchObject({ state: "scheduled", polls: 0 });
});

test("the task that takes the snapshot is running", async () => {
  await using fake = new FakeRuntime();
  const state = await spawn(() => find(fake.runtime.snapshot().tasks, "self").state, {
    name: "self",
  });
  expect(state).toBe("running");
});

test("a wait that was woken and not delivered yet is ready", async () => {
  await using fake = new FakeRuntime();
  let wake: (() => void) | null = null;
  const task = spawn(() => suspend<void>((waker) => void (wake = () => waker.wake())), {
    name: "woken",
  });
  await yieldNow();
  (wake as (() => void) | null)?.();
  const { state, waits } = find(fake.runtime.snapshot().tasks, "woken");
  expect(state).toBe("scheduled");
  expect(waits).toEqual([{ on: "waker", forMs: null, isReady: true }]);
  await task;
});

test("tasks name their scope, and scopes their owner", async () => {
  await using fake = new FakeRuntime();
  await using owner = spawn(
    async () => {
      await using scope = new TaskScope({ name: "pair" });
      scope.spawn(() => sleep(10_000), { name: "child" });
      await using set = new JoinSet<void>();
      set.spawn(() => sleep(10_000), { name: "member" });
      await sleep(10_000);
    },
    { name: "owner" },
  );
  await yieldNow();
  const { scopes, tasks } = fake.runtime.snapshot();
  const [scope, set] = scopes;
  expect(scope).toMatchObject({ kind: "scope", name: "pair", ownerId: owner.id, size: 1 });
  expect(set).toMatchObject({ kind: "join set", ownerId: owner.id, size: 1 });
  expect(find(tasks, "child")).toMatchObject({ scopeId: scope?.id ?? null, parentId: owner.id });
  expect(find(tasks, "child").spawnSite).toContain("take-snapshot.test.ts");
  expect(find(tasks, "member")).toMatchObject({ scopeId: set?.id ?? null });
});

test("while times are measured, busy, scheduled and idle add up to the total", async () => {
  await using fake = new FakeRuntime();
  using _measuring = fake.runtime.measureTimes();
  await using _worker = spawn(
    async () => {
      for (let i = 0; i < 5; i++) await yieldNow();
      await sleep(10_000);
    },
    { name: "worker" },
  );
  await untilParked(fake.runtime);
  const { tasks, times } = fake.runtime.snapshot();
  const worker = find(tasks, "worker");
  expect(worker.times?.selfWakes).toBe(5);
  expect(worker.waits[0]?.forMs).toBeGreaterThan(0);
  const { totalMs = 0, busyMs = 0, scheduledMs = 0, idleMs = 0 } = worker.times ?? {};
  expect(busyMs).toBeGreaterThan(0);
  expect(busyMs + scheduledMs + idleMs).toBeCloseTo(totalMs, 6);
  expect(times?.parkedMs).toBeGreaterThan(0);
});

test("what was there before a measurement is timed from its beginning", async () => {
  await using fake = new FakeRuntime();
  const { promise, resolve } = Promise.withResolvers<void>();
  await using _sleeper = spawn(
    async () => {
      await suspend<void>((waker) => void promise.then(() => waker.wake()));
      await sleep(10_000);
    },
    { name: "sleeper" },
  );
  await untilParked(fake.runtime);
  await using _queued = spawn(() => sleep(10_000), { name: "queued" });
  using _measuring = fake.runtime.measureTimes();
  const before = fake.runtime.snapshot().tasks;
  const queued = find(before, "queued").times;
  expect(queued?.scheduledMs).toBe(queued?.totalMs ?? -1);
  const asleepMs = find(before, "sleeper").times?.totalMs ?? Number.POSITIVE_INFINITY;
  resolve();
  await untilParked(fake.runtime);
  const after = fake.runtime.snapshot().tasks;
  expect(find(after, "sleeper").times?.totalMs).toBeGreaterThan(asleepMs);
  const { busyMs = 0, idleMs = 0, scheduledMs = 0, totalMs } = find(after, "queued").times ?? {};
  expect(totalMs).toBe(find(after, "sleeper").times?.totalMs ?? -1);
  expect(scheduledMs).toBeGreaterThanOrEqual(queued?.totalMs ?? -1);
  expect(busyMs + scheduledMs + idleMs).toBeCloseTo(totalMs ?? -1, 6);
});

test("what wakes a task in its own blockOn, or was ready before, is no self-wake", async () => {
  await using fake = new FakeRuntime();
  using _measuring = fake.runtime.measureTimes();
  await using _worker = spawn(
    async () => {
      for (let i = 0; i < 3; i++) fake.runtime.blockOn(sleep(1));
      await Promise.all(Array.from({ length: 500 }, () => sleep(1)));
      await sleep(10_000);
    },
    { name: "worker" },
  );
  await sleep(5);
  await untilParked(fake.runtime);
  const { times, wakes } = find(fake.runtime.snapshot().tasks, "worker");
  expect([times?.selfWakes, wakes]).toEqual([0, 503]);
});

test("a measurement that begins while Bun's loop has the thread counts that time", async () => {
  await using fake = new FakeRuntime();
  await using _sleeper = spawn(() => sleep(10_000));
  await untilParked(fake.runtime);
  const { promise, resolve } = Promise.withResolvers<number>();
  setTimeout(() => {
    const measuring = fake.runtime.measureTimes();
    setTimeout(() => {
      resolve(fake.runtime.snapshot().times?.parkedMs ?? 0);
      measuring[Symbol.dispose]();
    }, 50);
  }, 20);
  expect(await promise).toBeGreaterThan(25);
});

test("a second measurement shares the first, and none is left when both have ended", async () => {
  await using fake = new FakeRuntime();
  const first = fake.runtime.measureTimes();
  const second = fake.runtime.measureTimes();
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  expect(fake.runtime.snapshot().times).not.toBeNull();
  second[Symbol.dispose]();
  expect(fake.runtime.snapshot().times).toBeNull();
  expect(fake.runtime.loop.executor.observer).toBeNull();
});

test("operations in flight tell their state and, when measured, for how long", async () => {
  await using fake = new FakeRuntime();
  fake.driver.cancelsAtOnce = false;
  const { ledger } = fake.driver;
  const [early, late] = ["early", "late"].map((name) =>
    ledger.prepare(fakeKind(name), null, { onCompletion: () => undefined }),
  );
  if (early === undefined || late === undefined) throw new Error("unreachable");
  fake.runtime.submit(early);
  using _measuring = fake.runtime.measureTimes();
  fake.runtime.submit(late);
  fake.runtime.cancel(late);
  expect(fake.runtime.snapshot().operations).toMatchObject([
    { kind: "early", descriptor: -1, state: "submitted", forMs: null, isReferenced: true },
    { kind: "late", descriptor: -1, state: "cancelling", forMs: expect.any(Number) },
  ]);
  fake.driver.complete(early, 0);
  fake.driver.complete(late, 0);
  await sleep(1);
  expect(fake.runtime.snapshot().operations).toEqual([]);
});

test("what is open is listed with what it says of itself", async () => {
  await using fake = new FakeRuntime();
  class Door {
    destroy(): void {}
    describe(): string {
      return "green";
    }
  }
  class Window {
    destroy(): void {}
  }
  for (const resource of [new Door(), new Window()]) fake.runtime.register(resource);
  expect(fake.runtime.snapshot().resources).toEqual([
    { kind: "Door", detail: "green" },
    { kind: "Window", detail: "" },
  ]);
});

test("a dump is a tree: a scope under its task, children under their scope", async () => {
  await using fake = new FakeRuntime();
  const foreign = Promise.withResolvers<void>();
  await using owner = spawn(
    async () => {
      await using scope = new TaskScope({ name: "pair" });
      scope.spawn(() => sleep(10_000), { name: "a" });
      scope.spawn(() => foreign.promise, { name: "b" });
      await sleep(10_000);
    },
    { name: "owner" },
  );
  await sleep(1);
  const text = describeRuntime(fake.runtime.snapshot());
  foreign.resolve();
  owner.abort();
  const outline = text
    .split("\n")
    .filter((line) => /task \d|scope|outside|promise/.test(line))
    .map((line) => line.replace(/task \d+/, "task"));
  expect(outline).toEqual([
    "  code outside every task",
    '  └─ task "owner" idle',
    '     └─ scope "pair", 2 tasks',
    '        ├─ task "a" idle',
    '        └─ task "b" idle',
    "               waits for a promise that is not Bascule's",
  ]);
});

test("a name in a dump tells a terminal nothing, and stays on its line", async () => {
  await using fake = new FakeRuntime();
  await using _named = spawn(() => sleep(10_000), { name: "a\u001b[2J\r\nb\u202ec" });
  await sleep(1);
  expect(describeRuntime(fake.runtime.snapshot())).toContain('"a·[2J··b·c" idle');
});
