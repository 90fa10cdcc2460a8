import { expect, test } from "bun:test";
import { FakeDriver, FakeRuntime } from "../test/fake-driver.ts";
import { fakeKind } from "../test/fake-kind.ts";
import { watch } from "../test/settled.ts";
import { OperationWait } from "./operation-wait.ts";
import { Runtime } from "./runtime.ts";
import { shield } from "./shield.ts";
import { sleep } from "./sleep.ts";
import { timeout } from "./timeout.ts";
import { yieldNow } from "./yield-now.ts";

test("a shutdown under a deadline, outside every task, waits for the last task", async () => {
  const fake = new FakeRuntime();
  let isClean = false;
  const task = fake.runtime.spawn(async () => {
    try {
      await sleep(60_000);
    } finally {
      await shield(() => sleep(20));
      isClean = true;
    }
  });
  await yieldNow();
  await timeout(5000, () => fake.runtime.shutdown());
  expect(isClean).toBe(true);
  expect(task.isFinished).toBe(true);
});

test("what is in flight is cancelled and has ended before the driver goes", async () => {
  const fake = new FakeRuntime();
  const wait = new OperationWait(fake.runtime, undefined);
  const operation = wait.prepare(fakeKind("recv"), null);
  if (operation === null) throw new Error("not prepared");
  const seen: unknown[] = [];
  wait.release = () => void seen.push(fake.driver.destroyed);
  wait.submit(operation);
  const settled = watch(wait.promise);
  await fake.runtime.shutdown();
  expect(seen).toEqual([null]);
  expect(fake.driver.destroyed).toEqual({ leak: false });
  expect(settled.error).toBeDefined();
});

/** A kernel that ends what is cancelled only after many turns. */
class SlowDriver extends FakeDriver {
  #turnsLeft: number = 10;

  override turn(timeoutMs: number): number {
    if (this.cancelled.length > 0 && --this.#turnsLeft === 0) {
      for (const operation of this.cancelled) this.complete(operation, -125);
    }
    return super.turn(Math.min(timeoutMs, 1));
  }
}

test("a task that outlasts the deadline leaves time to ask the kernel", async () => {
  const fake = new FakeRuntime();
  const { driver, runtime } = fake;
  const operation = driver.ledger.prepare(fakeKind("recv"), null, { onCompletion: () => {} });
  runtime.submit(operation);
  const settled = watch(runtime.spawn(() => shield(() => sleep(60_000))));
  await yieldNow();
  await runtime.shutdown({ deadlineMs: 20 });
  expect(driver.cancelled.length).toBe(1);
  expect(driver.destroyed).toEqual({ leak: false });
  expect(settled.state).toBe("rejected");
});

test.each([Number.NaN, -1, "5"])("a deadline of %p is refused, and nothing ends", async (value) => {
  const fake = new FakeRuntime();
  const error = await fake.runtime.shutdown({ deadlineMs: value as number }).catch(String);
  expect(error).toBe(
    `RangeError: Cannot shut down in "${value}" ms: pass a number of milliseconds, 0 or more`,
  );
  expect(fake.runtime.isClosed).toBe(false);
  await fake.runtime.shutdown();
});

test("a shutdown waits for a kernel that lets go late, and leaks nothing then", async () => {
  const driver = new SlowDriver();
  driver.cancelsAtOnce = false;
  const runtime = Runtime.create({ driver, watchWithThread: true });
  let isReleased = false;
  const operation = driver.ledger.prepare(fakeKind("recv"), null, {
    onCompletion: () => {
      isReleased = driver.destroyed === null;
    },
  });
  runtime.submit(operation);
  await runtime.shutdown({ deadlineMs: 5000 });
  expect([isReleased, driver.destroyed]).toEqual([true, { leak: false }]);
});
