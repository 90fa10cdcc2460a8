import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { fakeKind } from "../test/fake-kind.ts";
import { failureOf, watch } from "../test/settled.ts";
import type { Operation } from "./contract/operation.ts";
import { OperationWait } from "./operation-wait.ts";
import { yieldNow } from "./yield-now.ts";

interface Started {
  readonly wait: OperationWait;
  readonly operation: Operation;
  readonly discarded: number[];
  released: number;
}

function start(fake: FakeRuntime, signal?: AbortSignal): Started {
  const wait = new OperationWait(fake.runtime, { signal });
  const operation = wait.prepare(fakeKind(), null);
  if (operation === null) throw new Error("The wait is over before it began");
  const started: Started = { wait, operation, discarded: [], released: 0 };
  wait.release = () => void started.released++;
  wait.discard = (result) => void started.discarded.push(result);
  wait.submit(operation);
  return started;
}

test("it resolves with the result, and the memory is free by then", async () => {
  await using fake = new FakeRuntime();
  const started = start(fake);
  fake.driver.complete(started.operation, 5);
  expect(await started.wait.promise).toBe(5);
  expect([started.released, started.discarded.length]).toEqual([1, 0]);
});

test("a negative result is a result: the caller makes the error", async () => {
  await using fake = new FakeRuntime();
  const { wait, operation } = start(fake);
  fake.driver.complete(operation, -111);
  expect(await wait.promise).toBe(-111);
});

test("an abort rejects only after the kernel has let go of the memory", async () => {
  await using fake = new FakeRuntime();
  fake.driver.cancelsAtOnce = false;
  const controller = new AbortController();
  const started = start(fake, controller.signal);
  const settled = watch(started.wait.promise);
  controller.abort("stop");
  expect(fake.driver.cancelled).toEqual([started.operation]);
  await yieldNow();
  await yieldNow();
  expect([settled.state, started.released]).toEqual(["pending", 0]);
  fake.driver.complete(started.operation, -125);
  expect(await failureOf(started.wait.promise)).toBe("stop");
  expect(started.released).toBe(1);
});

test("a success that beats its cancel is handed to discard, not leaked", async () => {
  await using fake = new FakeRuntime();
  fake.driver.cancelsAtOnce = false;
  const controller = new AbortController();
  const started = start(fake, controller.signal);
  controller.abort("stop");
  fake.driver.complete(started.operation, 33);
  expect(await failureOf(started.wait.promise)).toBe("stop");
  expect([started.discarded, started.released]).toEqual([[33], 1]);
});

test("an abort between completion and delivery discards the result too", async () => {
  await using fake = new FakeRuntime();
  const controller = new AbortController();
  const started = start(fake, controller.signal);
  fake.driver.complete(started.operation, 33);
  fake.driver.turn(0);
  controller.abort("late");
  expect(await failureOf(started.wait.promise)).toBe("late");
  expect([started.discarded, started.released]).toEqual([[33], 1]);
  expect(fake.driver.cancelled).toEqual([]);
});

test("no operation is prepared when the signal is aborted already", async () => {
  await using fake = new FakeRuntime();
  const wait = new OperationWait(fake.runtime, { signal: AbortSignal.abort("before") });
  expect(wait.prepare(fakeKind(), null)).toBeNull();
  expect(await failureOf(wait.promise)).toBe("before");
  expect(fake.driver.submitted).toEqual([]);
});
