import { expect, test } from "bun:test";
import { ExecutorProbe } from "../test/executor-probe.ts";
import { FakeDriver } from "../test/fake-driver.ts";
import { Runtime, sleep, type Schedule, type TaskInfo, yieldNow } from "./index.ts";

test("a schedule decides which ready task is polled, and sees them in order", () => {
  const probe = new ExecutorProbe();
  const seen: string[] = [];
  probe.executor.schedule = {
    pick(ready: readonly TaskInfo[]): number {
      seen.push(ready.map((task) => task.name).join(""));
      return ready.length - 1;
    },
  };
  for (const name of ["a", "b", "c"]) probe.spawn(() => probe.log.push(name), "normal", name);
  expect(probe.runAll()).toBe(3);
  expect(probe.log).toEqual(["c", "b", "a"]);
  expect(seen).toEqual(["abc", "ab", "a"]);
});

test("a schedule may leave ready tasks for after the driver's turn", () => {
  const probe = new ExecutorProbe();
  const answers = [0, -1, 0];
  probe.executor.schedule = { pick: () => answers.shift() ?? 0 };
  for (const name of ["a", "b"]) probe.spawn(() => probe.log.push(name), "normal", name);
  expect(probe.executor.run(10)).toBe(1);
  expect(probe.log).toEqual(["a"]);
  expect(probe.executor.readyCount).toBe(1);
  expect(probe.executor.run(10)).toBe(1);
  expect(probe.log).toEqual(["a", "b"]);
});

test("a schedule that picks a task that is not there is refused", () => {
  const probe = new ExecutorProbe();
  probe.executor.schedule = { pick: () => 7 };
  probe.spawn(() => undefined);
  expect(() => probe.executor.run(1)).toThrow("Cannot poll task 7: there are 1 to pick from");
});

test("a driver with a clock decides when timers are due", async () => {
  const clock = { nowMs: 0, now: () => clock.nowMs };
  const driver = Object.assign(new FakeDriver(), { clock });
  const runtime = Runtime.create({ driver, watchWithThread: true });
  const order: string[] = [];
  const task = runtime.spawn(async () => {
    await sleep(3_600_000);
    order.push("an hour later");
  });
  const driven = runtime.drive();
  runtime.loop.round(0);
  expect(runtime.loop.timers.nextDeadlineMs).toBe(3_600_000);
  clock.nowMs = 3_600_000;
  runtime.loop.round(0);
  runtime.loop.round(0);
  expect(order).toEqual(["an hour later"]);
  driven[Symbol.dispose]();
  await task;
  await runtime.shutdown();
});

test("nothing runs while somebody drives the loop, and everything goes on afterwards", async () => {
  const schedule: Schedule = { pick: () => 0 };
  const runtime = Runtime.create({ driver: new FakeDriver(), watchWithThread: true, schedule });
  const driven = runtime.drive();
  let hasRun = false;
  const task = runtime.spawn(async () => {
    await yieldNow();
    hasRun = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(hasRun).toBe(false);
  driven[Symbol.dispose]();
  await task;
  expect(hasRun).toBe(true);
  await runtime.shutdown();
});
