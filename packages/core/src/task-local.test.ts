import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { currentTask } from "./current-task.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { TaskLocal } from "./task-local.ts";
import { yieldNow } from "./yield-now.ts";

test("a value is found over every kind of await, and ends with its region", async () => {
  await using _fake = new FakeRuntime();
  const local = new TaskLocal<string>();
  const seen = await local.run("here", async () => {
    const found: (string | undefined)[] = [local.get()];
    for (const wait of [() => Promise.resolve(), yieldNow, () => sleep(1), () => Bun.sleep(1)]) {
      await wait();
      found.push(local.get());
    }
    return found;
  });
  expect(seen).toEqual(["here", "here", "here", "here", "here"]);
  expect(local.get()).toBeUndefined();
});

test("tasks inherit the value, side by side with others", async () => {
  await using _fake = new FakeRuntime();
  const local = new TaskLocal<number>();
  const tasks = [1, 2, 3].map((value) =>
    local.run(value, () =>
      spawn(async () => {
        await yieldNow();
        const inner = await local.run(value * 10, () => spawn(() => local.get()));
        return [local.get(), inner];
      }),
    ),
  );
  expect(await Promise.all(tasks)).toEqual([
    [1, 10],
    [2, 20],
    [3, 30],
  ]);
});

test("the current task is known over foreign awaits, and outside there is none", async () => {
  await using _fake = new FakeRuntime();
  const names = await spawn(
    async () => {
      const before = currentTask()?.name;
      await Bun.sleep(1);
      return [before, currentTask()?.name];
    },
    { name: "worker" },
  );
  expect(names).toEqual(["worker", "worker"]);
  expect(currentTask()).toBeUndefined();
});
