import { expect, test } from "bun:test";
import { FakeDriver, FakeRuntime } from "../test/fake-driver.ts";
import { fakeKind } from "../test/fake-kind.ts";
import { OperationWait } from "./operation-wait.ts";
import { Runtime } from "./runtime.ts";
import { yieldNow } from "./yield-now.ts";

/** Counts what the host tells it, apart from what the fake tells itself. */
class ToldDriver extends FakeDriver {
  parked: number = 0;
  toldAwake: number = 0;
  #isOwn: boolean = false;

  override park(deadlineMs: number): boolean {
    this.#isOwn = true;
    const isParked = super.park(deadlineMs);
    this.#isOwn = false;
    if (isParked) this.parked++;
    return isParked;
  }

  override unpark(): void {
    this.#isOwn = true;
    super.unpark();
    this.#isOwn = false;
  }

  override awake(): void {
    if (!this.#isOwn) this.toldAwake++;
    super.awake();
  }
}

test("a driver that the host slept on is told when the host is awake", async () => {
  const driver = new ToldDriver();
  const runtime = Runtime.create({ driver, watchWithThread: true });
  const wait = new OperationWait(runtime, undefined);
  const operation = wait.prepare(fakeKind("recv"), null);
  if (operation === null) throw new Error("not prepared");
  wait.submit(operation);
  while (driver.parked === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(driver.toldAwake).toBe(0);
  driver.complete(operation, 3);
  expect(await wait.promise).toBe(3);
  expect(driver.toldAwake).toBeGreaterThan(0);
  await runtime.shutdown();
});

test("what became ready during a block goes on after it", async () => {
  await using fake = new FakeRuntime();
  const later = fake.runtime.blockOn(async () => {
    const handle = fake.runtime.spawn(async () => {
      await yieldNow();
      await yieldNow();
    });
    return { handle };
  });
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(later.handle.isFinished).toBe(true);
});
