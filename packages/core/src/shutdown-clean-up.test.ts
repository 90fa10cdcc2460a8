import { expect, test } from "bun:test";
import { type FakeDriver, FakeRuntime } from "../test/fake-driver.ts";
import { fakeKind } from "../test/fake-kind.ts";
import { watch } from "../test/settled.ts";
import { OperationWait } from "./operation-wait.ts";
import { shield } from "./shield.ts";
import { sleep } from "./sleep.ts";

/** Begins an operation on a runtime, and waits for it. */
function perform({ runtime }: FakeRuntime): Promise<number> {
  const wait = new OperationWait(runtime, undefined);
  const operation = wait.prepare(fakeKind("unlink"), null);
  if (operation !== null) wait.submit(operation);
  return wait.promise;
}

/** Has what is submitted complete with 7, after so many turns. */
function completeAfterTurns(driver: FakeDriver, count: number): void {
  const turn = driver.turn.bind(driver);
  let left = count;
  driver.turn = (timeoutMs) => {
    const [operation] = driver.submitted;
    if (operation !== undefined && --left === 0) driver.complete(operation, 7);
    return turn(timeoutMs);
  };
}

test("clean-up outside of tasks, in a shield, goes on during a shutdown", async () => {
  const fake = new FakeRuntime();
  const { driver } = fake;
  const removed: number[] = [];
  async function work(): Promise<void> {
    try {
      await sleep(60_000);
    } finally {
      await shield(async () => removed.push(await perform(fake)));
    }
  }
  const working = watch(work());
  await sleep(1);
  completeAfterTurns(driver, 5);
  await fake.runtime.shutdown();
  expect(driver.cancelled.length).toBe(0);
  expect(removed).toEqual([7]);
  expect(working.state).toBe("rejected");
  expect(driver.destroyed).toEqual({ leak: false });
});

test("near the deadline it is cancelled", async () => {
  const fake = new FakeRuntime();
  const endless = watch(shield(() => perform(fake)));
  await sleep(1);
  await fake.runtime.shutdown({ deadlineMs: 150 });
  expect(fake.driver.cancelled.length).toBe(1);
  expect([endless.state, endless.value]).toEqual(["fulfilled", -125]);
  expect(fake.driver.destroyed).toEqual({ leak: false });
});
