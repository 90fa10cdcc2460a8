import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { TimeoutError } from "./errors.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { suspend } from "./suspend.ts";
import { TaskScope } from "./task-scope.ts";
import { yieldNow } from "./yield-now.ts";

function never(): Promise<void> {
  return suspend<void>(() => undefined);
}

async function failure(run: Promise<unknown>): Promise<AggregateError> {
  const error = await failureOf(run);
  expect(error).toBeInstanceOf(AggregateError);
  return error as AggregateError;
}

test("it gives what its function returns, once every child has ended", async () => {
  await using fake = new FakeRuntime();
  const log: string[] = [];
  const result = await TaskScope.run((scope) => {
    scope.spawn(() => sleep(2).then(() => log.push("child")));
    return "value";
  });
  expect([result, log]).toEqual(["value", ["child"]]);
  expect(fake.runtime.metrics().tasks.live).toBe(0);
});

test("a function that throws cancels the children and is the first failure", async () => {
  await using _fake = new FakeRuntime();
  const error = new Error("body");
  const reasons: unknown[] = [];
  const thrown = await failure(
    TaskScope.run(async (scope) => {
      scope.spawn(() => never().catch((reason: unknown) => reasons.push(reason)));
      await yieldNow();
      throw error;
    }),
  );
  expect([thrown.errors, thrown.cause, reasons]).toEqual([[error], error, [error]]);
});

test("a child that fails ends what the function waits for", async () => {
  await using _fake = new FakeRuntime();
  const error = new Error("child");
  const reasons: unknown[] = [];
  const thrown = await failure(
    TaskScope.run(async (scope) => {
      scope.spawn(() => Promise.reject(error));
      await never().catch((reason: unknown) => reasons.push(reason));
      await never();
    }),
  );
  expect([thrown.errors, reasons]).toEqual([[error], [error]]);
});

test("a child's failure that the function passes on counts once", async () => {
  await using _fake = new FakeRuntime();
  const error = new Error("child");
  const thrown = await failure(
    TaskScope.run(async (scope) => {
      const child = scope.spawn(() => Promise.reject(error));
      await child;
    }),
  );
  expect(thrown.errors).toEqual([error]);
});

test("a deadline ends the function too", async () => {
  await using fake = new FakeRuntime();
  const thrown = await failure(TaskScope.run(never, { deadlineMs: 1, name: "slow" }));
  expect(thrown.errors).toHaveLength(1);
  expect(thrown.cause).toBeInstanceOf(TimeoutError);
  expect(fake.runtime.metrics().timers.armed).toBe(0);
});

test("cancelled without a failure it throws the function's own answer to that", async () => {
  await using _fake = new FakeRuntime();
  const controller = new AbortController();
  const run = TaskScope.run(never, { signal: controller.signal });
  controller.abort("outside");
  expect(await failureOf(run)).toBe("outside");
  const stubborn = await TaskScope.run(async (scope) => {
    scope.cancel("inside");
    await never().catch(() => undefined);
    return "still";
  });
  expect(stubborn).toBe("still");
});

test("the abort of its task ends function and children, and throws the reason", async () => {
  await using fake = new FakeRuntime();
  const reasons: unknown[] = [];
  const task = spawn(() =>
    TaskScope.run(async (scope) => {
      scope.spawn(() => never().catch((reason: unknown) => reasons.push(reason)));
      await never();
    }),
  );
  await yieldNow();
  await yieldNow();
  task.abort("task");
  expect(await failureOf(task)).toBe("task");
  expect([reasons, fake.runtime.metrics().tasks.live]).toEqual([["task"], 0]);
});
