import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { AbortError, TimeoutError } from "./errors.ts";
import { JoinSet } from "./join-set.ts";
import { shield } from "./shield.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { suspend } from "./suspend.ts";
import { TaskScope } from "./task-scope.ts";
import { yieldNow } from "./yield-now.ts";

function never(): Promise<void> {
  return suspend<void>(() => undefined);
}

/** Leaves a scope and gives what leaving threw. */
async function leavingError(scope: TaskScope): Promise<AggregateError> {
  return (await failureOf(scope[Symbol.asyncDispose]())) as AggregateError;
}

test("leaving waits for every child, also for those spawned by children", async () => {
  await using _fake = new FakeRuntime();
  const log: string[] = [];
  {
    await using scope = new TaskScope();
    scope.spawn(async () => {
      await sleep(1);
      scope.spawn(async () => {
        await sleep(1);
        log.push("grandchild");
      });
      log.push("child");
    });
  }
  expect(log).toEqual(["child", "grandchild"]);
});

test("leaving waits for a child that comes after the last has ended, too", async () => {
  await using _fake = new FakeRuntime();
  const log: string[] = [];
  const scope = new TaskScope();
  const first = scope.spawn(() => sleep(1));
  const acceptor = spawn(
    async () => {
      await first;
      scope.spawn(async () => {
        await sleep(1);
        log.push("late child");
      });
    },
    { priority: "high" },
  );
  await scope[Symbol.asyncDispose]();
  expect(log).toEqual(["late child"]);
  await acceptor;
});

test("the first failure cancels the siblings, whose clean-up is waited for", async () => {
  await using _fake = new FakeRuntime();
  const scope = new TaskScope({ name: "pair" });
  const error = new Error("first");
  const log: unknown[] = [];
  scope.spawn(async () => {
    try {
      await never();
    } catch (reason) {
      log.push(reason);
      await shield(() => sleep(1));
      log.push("cleaned");
      throw reason;
    }
  });
  scope.spawn(async () => {
    await yieldNow();
    throw error;
  });
  const failure = await leavingError(scope);
  expect(failure).toBeInstanceOf(AggregateError);
  expect(failure.message).toBe('Task scope "pair" ended with 1 failure: first');
  expect([failure.errors, failure.cause]).toEqual([[error], error]);
  expect(log).toEqual([error, "cleaned"]);
  expect(scope.signal.reason).toBe(error);
});

test("everything that fails is collected, in the order of failing", async () => {
  await using _fake = new FakeRuntime();
  const scope = new TaskScope();
  const [first, second] = [new Error("first"), new Error("second")];
  scope.spawn(async () => {
    await never().catch(() => undefined);
    throw second;
  });
  scope.spawn(() => Promise.reject(first));
  expect((await leavingError(scope)).errors).toEqual([first, second]);
});

test("cancelling is no failure: leaving a cancelled scope throws nothing", async () => {
  await using _fake = new FakeRuntime();
  const scope = new TaskScope({ name: "job" });
  const child = scope.spawn(never);
  scope.cancel();
  const late = scope.spawn(() => "never begins");
  await scope[Symbol.asyncDispose]();
  const reason = await failureOf(child);
  expect(reason).toBeInstanceOf(AbortError);
  expect(String(reason)).toBe('AbortError: Task scope "job" was cancelled');
  expect(await failureOf(late)).toBe(reason);
});

test("the signal given to children is aborted with the scope", async () => {
  await using _fake = new FakeRuntime();
  const scope = new TaskScope();
  let seen: AbortSignal | undefined;
  scope.spawn((signal) => {
    seen = signal;
    return never();
  });
  await yieldNow();
  scope.cancel("why");
  expect([seen === scope.signal, seen?.reason]).toEqual([true, "why"]);
  await scope[Symbol.asyncDispose]();
});

test("a signal from outside cancels the scope, now or before it was made", async () => {
  await using _fake = new FakeRuntime();
  const controller = new AbortController();
  const scope = new TaskScope({ signal: controller.signal });
  const child = scope.spawn(never);
  await yieldNow();
  controller.abort("outside");
  expect(await failureOf(child)).toBe("outside");
  await scope[Symbol.asyncDispose]();
  const after = new TaskScope({ signal: controller.signal });
  expect(after.signal.reason).toBe("outside");
  await after[Symbol.asyncDispose]();
});

test("a deadline cancels the children and makes leaving throw a TimeoutError", async () => {
  await using _fake = new FakeRuntime();
  const scope = new TaskScope({ deadlineMs: 2, name: "slow" });
  const child = scope.spawn(never);
  const failure = await leavingError(scope);
  expect(failure.cause).toBeInstanceOf(TimeoutError);
  expect(String(failure.cause)).toBe('TimeoutError: Task scope "slow" timed out after 2 ms');
  expect(await failureOf(child)).toBe(failure.cause);
});

test("a scope that is left in time leaves no timer behind", async () => {
  await using fake = new FakeRuntime();
  {
    await using scope = new TaskScope({ deadlineMs: 60_000 });
    scope.spawn(() => undefined);
  }
  expect(fake.runtime.metrics().timers.armed).toBe(0);
});

test("a task that is aborted while it leaves a scope takes the children with it", async () => {
  await using _fake = new FakeRuntime();
  const log: unknown[] = [];
  const parent = spawn(async () => {
    await using scope = new TaskScope();
    scope.spawn(async () => {
      await never().catch((reason: unknown) => log.push(reason));
      await shield(() => sleep(1));
      log.push("cleaned");
    });
  });
  await yieldNow();
  await yieldNow();
  parent.abort("all of it");
  await failureOf(parent).catch(() => log.push("ended well"));
  expect(log.slice(0, 2)).toEqual(["all of it", "cleaned"]);
});

test("nothing is spawned into a scope that has been left", async () => {
  await using _fake = new FakeRuntime();
  const scope = new TaskScope({ name: "gone" });
  await scope[Symbol.asyncDispose]();
  expect(() => scope.spawn(never)).toThrow(
    new TypeError('Cannot spawn in task scope "gone": it has been left'),
  );
});

test("a child whose joiner gave up fails into the scope, not the process", async () => {
  await using _fake = new FakeRuntime();
  const scope = new TaskScope();
  const error = new Error("own failure");
  const failing = scope.spawn(async () => {
    await never().catch(() => undefined);
    throw error;
  });
  const joiner = scope.spawn(() => failing.then());
  await yieldNow();
  joiner.abort("gave up");
  await failureOf(joiner);
  failing.abort("now");
  expect((await leavingError(scope)).errors).toEqual([error]);
  // An unhandled rejection would fail this test in the next turn of the loop.
  await new Promise<void>((resolve) => setImmediate(resolve));
});

test("a child cannot wait for the end of its own scope, nor of its own set", async () => {
  await using _fake = new FakeRuntime();
  const scope = new TaskScope({ name: "around" });
  const child = scope.spawn(() => scope[Symbol.asyncDispose](), { name: "inside" });
  const refused = new TypeError(
    'Cannot wait for the end of scope "around" from inside its task "inside"',
  );
  expect(await failureOf(child)).toEqual(refused);
  expect(await failureOf(scope[Symbol.asyncDispose]())).toMatchObject({ cause: refused });
  const set = new JoinSet<void>();
  set.spawn(() => set[Symbol.asyncDispose]());
  expect(await failureOf(set.next())).toBeInstanceOf(TypeError);
});
