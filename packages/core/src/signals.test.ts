import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { currentSignal } from "./current-signal.ts";
import { TimeoutError } from "./errors.ts";
import { JoinSet } from "./join-set.ts";
import { shield } from "./shield.ts";
import { spawn } from "./spawn.ts";
import { suspend } from "./suspend.ts";
import { TaskScope } from "./task-scope.ts";
import { timeout } from "./timeout.ts";
import { yieldNow } from "./yield-now.ts";

let asked = Promise.withResolvers<void>();
const server = Bun.serve({
  port: 0,
  fetch: () => {
    asked.resolve();
    return new Promise<Response>(() => undefined);
  },
});

beforeEach(() => {
  asked = Promise.withResolvers<void>();
});
afterAll(() => server.stop(true));

/** A request that is never answered. */
function hang(signal: AbortSignal): Promise<Response> {
  return fetch(server.url, { signal });
}

function never(): Promise<void> {
  return suspend<void>(() => undefined);
}

describe("a request ends with", () => {
  test("its scope, and is no failure", async () => {
    await using _fake = new FakeRuntime();
    const scope = new TaskScope();
    const child = scope.spawn((signal) => hang(signal));
    await asked.promise;
    scope.cancel("cancelled");
    await scope[Symbol.asyncDispose]();
    expect(await failureOf(child)).toBe("cancelled");
  });

  test("the failure of a sibling", async () => {
    await using _fake = new FakeRuntime();
    const scope = new TaskScope();
    const error = new Error("sibling");
    scope.spawn((signal) => hang(signal));
    scope.spawn(async () => {
      await asked.promise;
      throw error;
    });
    const failure = (await failureOf(scope[Symbol.asyncDispose]())) as AggregateError;
    expect(failure.errors).toEqual([error]);
  });

  test("the scope whose own block it is in, when the task is aborted", async () => {
    await using _fake = new FakeRuntime();
    const task = spawn(async () => {
      await using scope = new TaskScope();
      await hang(scope.signal);
    });
    await asked.promise;
    task.abort("task");
    expect(await failureOf(task)).toBe("task");
  });

  test("its task, by the handle's signal or the current one", async () => {
    await using _fake = new FakeRuntime();
    const task = spawn(() => hang(currentSignal()));
    await asked.promise;
    expect(task.signal.aborted).toBe(false);
    task.abort("task");
    expect(task.signal.reason).toBe("task");
    expect(await failureOf(task)).toBe("task");
  });

  test("its time-out, and with the abort of the task around that", async () => {
    await using _fake = new FakeRuntime();
    expect(await failureOf(timeout(20, (signal) => hang(signal)))).toBeInstanceOf(TimeoutError);
    asked = Promise.withResolvers<void>();
    const task = spawn(() => timeout(60_000, (signal) => hang(signal)));
    await asked.promise;
    task.abort("around");
    expect(await failureOf(task)).toBe("around");
  });

  test("the abort of its own handle in a join set", async () => {
    await using _fake = new FakeRuntime();
    await using set = new JoinSet<Response>();
    const handle = set.spawn((signal) => hang(signal));
    await asked.promise;
    handle.abort("this one");
    expect(await failureOf(set.next())).toBe("this one");
  });
});

test("a signal that is asked for after the abort is aborted", async () => {
  await using _fake = new FakeRuntime();
  const task = spawn(never);
  await yieldNow();
  task.abort("early");
  expect(task.signal.reason).toBe("early");
  expect(task.signal).toBe(task.signal);
  await failureOf(task);
});

test("inside a shield the current signal is not the task's", async () => {
  await using _fake = new FakeRuntime();
  const signals: AbortSignal[] = [];
  const task = spawn(async () => {
    signals.push(currentSignal());
    await shield(async () => void signals.push(currentSignal()));
    await never();
  });
  await yieldNow();
  await yieldNow();
  task.abort("task");
  await failureOf(task);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
});

test("a task's signal aborts another task: abort goes both ways", async () => {
  await using _fake = new FakeRuntime();
  const first = spawn(never);
  const second = spawn(never, { signal: first.signal });
  const scope = new TaskScope({ signal: second.signal });
  const third = scope.spawn(never);
  await yieldNow();
  first.abort("all");
  const reasons = [await failureOf(first), await failureOf(second), await failureOf(third)];
  expect(reasons).toEqual(["all", "all", "all"]);
  await scope[Symbol.asyncDispose]();
});
