import { expect, test } from "bun:test";
import { ExecutorProbe } from "../test/executor-probe.ts";
import { FakeRuntime } from "../test/fake-driver.ts";
import { foreignHold } from "./foreign-hold.ts";
import { JoinHandle } from "./join-handle.ts";
import { JoinSet } from "./join-set.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import type { Task } from "./task.ts";
import { TaskScope } from "./task-scope.ts";
import { yieldNow } from "./yield-now.ts";

function foreign(): Promise<never> {
  return new Promise(() => undefined);
}

function taskOf(handle: JoinHandle<unknown>): Task {
  const task = JoinHandle.taskOf(handle);
  if (task === null) throw new Error("Not a handle");
  return task;
}

async function holdOf(work: () => Promise<unknown>): Promise<string | undefined> {
  const handle = spawn(work, { name: "own" });
  for (let i = 0; i < 4; i++) await yieldNow();
  const held = foreignHold(taskOf(handle));
  handle.unref().abort();
  return held?.name;
}

test("a task that waits for nothing of ours holds itself", async () => {
  const fake = new FakeRuntime();
  expect(await holdOf(foreign)).toBe("own");
  await fake.runtime.shutdown({ deadlineMs: 1 });
});

test("a task that waits for an event, also besides, is not held", async () => {
  const fake = new FakeRuntime();
  expect(await holdOf(() => sleep(60_000))).toBeUndefined();
  expect(await holdOf(() => Promise.race([foreign(), sleep(60_000)]))).toBeUndefined();
  await fake.runtime.shutdown({ deadlineMs: 1 });
});

test("it is found through handles, scopes and sets", async () => {
  const fake = new FakeRuntime();
  const culprit = { name: "culprit" };
  expect(await holdOf(() => spawn(foreign, culprit).then())).toBe("culprit");
  const leaving = async (): Promise<void> => {
    await using scope = new TaskScope();
    scope.spawn(() => spawn(foreign, culprit).then());
  };
  expect(await holdOf(leaving)).toBe("culprit");
  const taking = async (): Promise<void> => {
    const set = new JoinSet<void>();
    set.spawn(foreign, culprit);
    await set.next();
  };
  expect(await holdOf(taking)).toBe("culprit");
  await fake.runtime.shutdown({ deadlineMs: 1 });
});

test("one of several that may go on is enough not to be held", async () => {
  const fake = new FakeRuntime();
  const leaving = async (): Promise<void> => {
    await using scope = new TaskScope();
    scope.spawn(foreign);
    scope.spawn(() => sleep(60_000));
  };
  expect(await holdOf(leaving)).toBeUndefined();
  await fake.runtime.shutdown({ deadlineMs: 1 });
});

test("tasks that wait for each other are held by nothing foreign", () => {
  const probe = new ExecutorProbe();
  const tasks: Task[] = [];
  for (const other of [1, 0]) {
    tasks.push(probe.spawn(() => new JoinHandle(tasks[other] as Task).then()));
  }
  probe.runAll();
  expect(foreignHold(tasks[0] as Task)).toBeNull();
});
