import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { suspend, type Waker } from "./suspend.ts";
import { yieldNow } from "./yield-now.ts";

test("the first call of the waker wins, whichever it is", async () => {
  await using _fake = new FakeRuntime();
  const value = suspend<number>((waker) => {
    waker.wake(1);
    waker.wake(2);
    waker.fail(new Error("too late"));
  });
  const failure = suspend<number>((waker) => {
    waker.fail("first");
    waker.wake(2);
  });
  expect(await failureOf(failure)).toBe("first");
  expect(await value).toBe(1);
});

test("a wake-up resumes nothing inside the call of the waker", async () => {
  await using _fake = new FakeRuntime();
  const { promise: registered, resolve } = Promise.withResolvers<Waker<void>>();
  let resumed = false;
  const waiting = suspend<void>((waker) => resolve(waker)).then(() => (resumed = true));
  (await registered).wake();
  expect(resumed).toBe(false);
  await waiting;
  expect(resumed).toBe(true);
});

test("an undefined value is a value", async () => {
  await using _fake = new FakeRuntime();
  expect(await suspend<undefined>((waker) => waker.wake(undefined))).toBeUndefined();
});

test("an abort calls what the registration returned, without a value", async () => {
  await using _fake = new FakeRuntime();
  const controller = new AbortController();
  const calls: unknown[][] = [];
  const waiting = suspend<number>(
    () =>
      (...args: unknown[]) =>
        void calls.push(args),
    {
      signal: controller.signal,
    },
  );
  controller.abort("stop");
  expect(await failureOf(waiting)).toBe("stop");
  expect(calls).toEqual([[]]);
});

test("an abort between wake-up and delivery hands the value back", async () => {
  await using _fake = new FakeRuntime();
  const controller = new AbortController();
  const returned: (number | undefined)[] = [];
  let wakeUp: Waker<number> | undefined;
  const waiting = suspend<number>(
    (waker) => {
      wakeUp = waker;
      return (undelivered) => void returned.push(undelivered);
    },
    { signal: controller.signal },
  );
  wakeUp?.wake(7);
  controller.abort("late");
  expect(await failureOf(waiting)).toBe("late");
  expect(returned).toEqual([7]);
});

test("nothing is registered when the signal is aborted already", async () => {
  await using _fake = new FakeRuntime();
  let registered = false;
  const waiting = suspend<void>(() => void (registered = true), {
    signal: AbortSignal.abort("before"),
  });
  expect(await failureOf(waiting)).toBe("before");
  expect(registered).toBe(false);
});

test("an abort in the registration reaches what it returns", async () => {
  await using _fake = new FakeRuntime();
  const controller = new AbortController();
  const { signal } = controller;
  const returned: unknown[][] = [];
  const waiting = suspend<number>(
    (waker) => {
      waker.wake(1);
      controller.abort("stop");
      return (...args) => void returned.push(args);
    },
    { signal },
  );
  expect(returned).toEqual([[1]]);
  expect(await failureOf(waiting)).toBe("stop");
});

test("what the registration throws once it is over rejects all the same", async () => {
  await using _fake = new FakeRuntime();
  const broken = suspend<number>((waker) => {
    waker.wake(1);
    throw new Error("broken");
  });
  expect(await failureOf(broken)).toEqual(new Error("broken"));
});

test("a callback that throws at the abort ends its wait, and holds up no other", async () => {
  await using _fake = new FakeRuntime();
  const endings: unknown[] = [];
  const task = spawn(async () => {
    const asleep = failureOf(sleep(60_000));
    const broken = failureOf(
      suspend(() => () => {
        throw new Error("broken");
      }),
    );
    endings.push(await asleep, await broken);
  });
  await yieldNow();
  task.abort("gone");
  await task;
  expect(endings).toEqual(["gone", new Error("broken")]);
});
