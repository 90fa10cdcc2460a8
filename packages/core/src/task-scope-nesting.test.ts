import { describe, expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf, watch } from "../test/settled.ts";
import { TimeoutError } from "./errors.ts";
import { shield } from "./shield.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { suspend } from "./suspend.ts";
import { TaskScope } from "./task-scope.ts";
import { timeout } from "./timeout.ts";
import { yieldNow } from "./yield-now.ts";

function never(): Promise<void> {
  return suspend<void>(() => undefined);
}

/** A promise that is not Bascule's and never settles. */
function foreign(): Promise<never> {
  return new Promise(() => undefined);
}

describe("a scope inside something that is aborted", () => {
  test("is cancelled at once, although its opener hangs on something foreign", async () => {
    await using _fake = new FakeRuntime();
    const reasons: unknown[] = [];
    const opener = spawn(async () => {
      await using scope = new TaskScope();
      scope.spawn(() => never().catch((reason: unknown) => reasons.push(reason)));
      scope.signal.addEventListener("abort", () => reasons.push("signal"));
      await foreign();
    });
    await yieldNow();
    await yieldNow();
    opener.abort("opener");
    await yieldNow();
    expect(reasons).toEqual(["signal", "opener"]);
  });

  test("is cancelled through every level, with the outermost reason", async () => {
    await using fake = new FakeRuntime();
    const reasons: unknown[] = [];
    const outer = new TaskScope({ name: "outer" });
    const nest = async (depth: number): Promise<void> => {
      if (depth === 0) return never();
      await using scope = new TaskScope({ name: `depth ${depth}` });
      const note = (): void => void reasons.push(scope.signal.reason);
      scope.signal.addEventListener("abort", note);
      scope.spawn(() => nest(depth - 1));
      await never();
    };
    outer.spawn(() => nest(5));
    for (let i = 0; i < 8; i++) await yieldNow();
    outer.cancel("enough");
    await outer[Symbol.asyncDispose]();
    expect(reasons).toEqual(Array.from({ length: 5 }, () => "enough"));
    expect(fake.runtime.metrics().tasks.live).toBe(0);
  });

  test("is left alone by it when it was opened in a shield", async () => {
    await using _fake = new FakeRuntime();
    const log: string[] = [];
    const task = spawn(() =>
      shield(async () => {
        await using scope = new TaskScope();
        scope.spawn(() => sleep(2).then(() => log.push("done")));
      }),
    );
    await yieldNow();
    task.abort("task");
    await task.catch(() => undefined);
    expect(log).toEqual(["done"]);
  });

  test("is cancelled when it is opened too late", async () => {
    await using _fake = new FakeRuntime();
    let began = false;
    const task = spawn(async () => {
      await never().catch(() => undefined);
      await using scope = new TaskScope();
      scope.spawn(() => (began = true));
      return scope.signal.reason as unknown;
    });
    await yieldNow();
    task.abort("before");
    expect([await task, began]).toEqual(["before", false]);
  });

  test("keeps a time-out from giving up before its children have ended", async () => {
    await using fake = new FakeRuntime();
    const log: string[] = [];
    const work = async (): Promise<void> => {
      await using scope = new TaskScope();
      scope.spawn(async () => {
        await never().catch(() => undefined);
        await shield(() => sleep(2));
        log.push("cleaned");
      });
    };
    expect(await failureOf(timeout(1, () => work().then(never)))).toBeInstanceOf(TimeoutError);
    expect(log).toEqual(["cleaned"]);
    expect(fake.runtime.metrics().tasks.live).toBe(0);
  });
});

describe("of nested deadlines the nearest wins", () => {
  test("when it is the outer one", async () => {
    await using fake = new FakeRuntime();
    const reasons: unknown[] = [];
    const outer = new TaskScope({ deadlineMs: 2, name: "outer" });
    outer.spawn(async () => {
      await using inner = new TaskScope({ deadlineMs: 60_000, name: "inner" });
      inner.spawn(() => never().catch((reason: unknown) => reasons.push(reason)));
    });
    const failure = (await failureOf(outer[Symbol.asyncDispose]())) as AggregateError;
    expect(failure.errors.map(String)).toEqual([
      'TimeoutError: Task scope "outer" timed out after 2 ms',
    ]);
    expect(reasons).toEqual(failure.errors);
    expect(fake.runtime.metrics().timers.armed).toBe(0);
  });

  test("when it is the inner one: it fails into the outer scope, cause by cause", async () => {
    await using fake = new FakeRuntime();
    const outer = new TaskScope({ deadlineMs: 60_000, name: "outer" });
    outer.spawn(async () => {
      await using inner = new TaskScope({ deadlineMs: 2, name: "inner" });
      inner.spawn(never);
    });
    const failure = (await failureOf(outer[Symbol.asyncDispose]())) as AggregateError;
    const cause = failure.cause as AggregateError;
    expect(failure.message).toContain('"outer" ended with 1 failure: Task scope "inner"');
    expect(cause.errors).toEqual([cause.cause]);
    expect(cause.cause).toBeInstanceOf(TimeoutError);
    expect(fake.runtime.metrics().timers.armed).toBe(0);
  });

  test("and a deadline that comes while a cancelled scope cleans up is no failure", async () => {
    await using _fake = new FakeRuntime();
    const scope = new TaskScope({ deadlineMs: 2 });
    scope.spawn(async () => {
      await never().catch(() => undefined);
      await shield(() => sleep(6));
    });
    await yieldNow();
    scope.cancel();
    await scope[Symbol.asyncDispose]();
    expect(scope.signal.reason).not.toBeInstanceOf(TimeoutError);
  });

  test("an infinite one is none", async () => {
    await using fake = new FakeRuntime();
    await using _scope = new TaskScope({ deadlineMs: Number.POSITIVE_INFINITY });
    expect(fake.runtime.metrics().timers.armed).toBe(0);
  });
});

describe("an abort during clean-up", () => {
  test("does not cut short what leaving a scope waits for", async () => {
    await using fake = new FakeRuntime();
    const log: string[] = [];
    const task = spawn(async () => {
      const scope = new TaskScope();
      scope.spawn(async () => {
        await never().catch(() => undefined);
        await shield(() => sleep(3));
        log.push("cleaned");
      });
      await yieldNow();
      scope.cancel("first");
      await scope[Symbol.asyncDispose]();
      log.push("left");
    });
    for (let i = 0; i < 4; i++) await yieldNow();
    task.abort("second");
    await watchEnd(task);
    expect(log).toEqual(["cleaned", "left"]);
    expect(fake.runtime.metrics().tasks.live).toBe(0);
  });

  test("of a child that is met twice on its way out is still no failure", async () => {
    await using _fake = new FakeRuntime();
    const scope = new TaskScope();
    scope.spawn(async () => {
      await using _resource = { [Symbol.asyncDispose]: () => sleep(1) };
      await never();
    });
    await yieldNow();
    scope.cancel("over");
    await scope[Symbol.asyncDispose]();
  });

  test("cannot make a disposed handle leave its task behind", async () => {
    await using fake = new FakeRuntime();
    const log: string[] = [];
    const outer = spawn(async () => {
      await using _inner = spawn(async () => {
        await never().catch(() => undefined);
        await shield(() => sleep(3));
        log.push("inner ended");
      });
      await yieldNow();
      await never();
    });
    for (let i = 0; i < 3; i++) await yieldNow();
    outer.abort("over");
    await watchEnd(outer);
    expect(log).toEqual(["inner ended"]);
    expect(fake.runtime.metrics().tasks.live).toBe(0);
  });
});

async function watchEnd(task: PromiseLike<unknown>): Promise<void> {
  const settled = watch(task);
  await Promise.resolve(task).catch(() => undefined);
  expect(settled.state).not.toBe("pending");
}
