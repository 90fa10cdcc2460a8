import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { TimeoutError } from "./errors.ts";
import { shield } from "./shield.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { suspend } from "./suspend.ts";
import { timeout } from "./timeout.ts";
import { spendBudget } from "./wait.ts";
import { yieldNow } from "./yield-now.ts";

function never(): Promise<void> {
  return suspend<void>(() => undefined);
}

test("work that ends in time gives its result and leaves no timer", async () => {
  await using fake = new FakeRuntime();
  expect(await timeout(60_000, async () => "done")).toBe("done");
  expect(await failureOf(timeout(60_000, () => Promise.reject(new Error("own"))))).toEqual(
    new Error("own"),
  );
  expect(fake.runtime.metrics().timers.armed).toBe(0);
});

test("at the deadline the waits inside reject, and the signal is aborted", async () => {
  await using _fake = new FakeRuntime();
  let given: AbortSignal | undefined;
  let inside: unknown;
  const error = await failureOf(
    timeout(1.5, async (signal) => {
      given = signal;
      await never().catch((reason: unknown) => {
        inside = reason;
        throw reason;
      });
    }),
  );
  expect(error).toBeInstanceOf(TimeoutError);
  expect(String(error)).toBe("TimeoutError: Timed out after 1.5 ms");
  expect([inside, given?.reason]).toEqual([error, error]);
});

test("work that hangs on something foreign is given up at once", async () => {
  await using _fake = new FakeRuntime();
  expect(await failureOf(timeout(1, () => new Promise(() => undefined)))).toBeInstanceOf(
    TimeoutError,
  );
});

test("a value that came in time is not lost to the deadline", async () => {
  await using _fake = new FakeRuntime();
  const result = timeout(1, () =>
    suspend<string>((waker) => {
      const endMs = performance.now() + 3;
      queueMicrotask(() => {
        while (performance.now() < endMs);
        waker.wake("came in time");
      });
    }).then(
      (value) => value,
      (error: unknown) => `lost: ${String(error)}`,
    ),
  );
  expect(await result).toBe("came in time");
});

test("what was taken at once, before the deadline was seen, is handed on", async () => {
  await using _fake = new FakeRuntime();
  const taken: boolean[] = [];
  async function take(): Promise<string> {
    const endMs = performance.now() + 3;
    while (performance.now() < endMs);
    taken.push(spendBudget());
    return "taken";
  }
  expect(await timeout(1, async () => await take())).toBe("taken");
  expect(await timeout(0, take)).toBe("taken");
  expect(taken).toEqual([true, true]);
});

test("work that begins to wait while it is given up answers to the deadline itself", async () => {
  await using _fake = new FakeRuntime();
  const result = await timeout(0, async () => {
    await null;
    return sleep(60_000).catch((error: unknown) => `kept after ${(error as Error).name}`);
  });
  expect(result).toBe("kept after TimeoutError");
});

test("the shorter of two nested deadlines ends the inner work alone", async () => {
  await using _fake = new FakeRuntime();
  const log: string[] = [];
  await timeout(10_000, async () => {
    await timeout(1, never).catch((error: unknown) => log.push(String(error)));
    await sleep(1);
    log.push("outer goes on");
  });
  expect(log).toEqual(["TimeoutError: Timed out after 1 ms", "outer goes on"]);
});

test("an outer deadline reaches into the inner region", async () => {
  await using fake = new FakeRuntime();
  const error = await failureOf(timeout(1, () => timeout(10_000, never)));
  expect(String(error)).toBe("TimeoutError: Timed out after 1 ms");
  expect(fake.runtime.metrics().timers.armed).toBe(0);
});

test("the task's abort reaches into the region, and a shield keeps a deadline out", async () => {
  await using _fake = new FakeRuntime();
  const task = spawn(() => timeout(10_000, never));
  await yieldNow();
  task.abort("task");
  expect(await failureOf(task)).toBe("task");
  const log: string[] = [];
  const late = timeout(1, () =>
    shield(async () => {
      await sleep(3);
      log.push("cleaned");
    }),
  );
  await failureOf(late).catch(() => log.push("ended well"));
  await sleep(3);
  expect(log).toContain("cleaned");
});

test("a deadline that is not a number of milliseconds is refused", async () => {
  await using _fake = new FakeRuntime();
  expect(await failureOf(timeout(Number.NaN, never))).toBeInstanceOf(RangeError);
});
