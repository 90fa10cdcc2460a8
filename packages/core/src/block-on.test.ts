import { expect, test } from "bun:test";
import { type FakeDriver, FakeRuntime } from "../test/fake-driver.ts";
import { fakeKind } from "../test/fake-kind.ts";
import { failureOf } from "../test/settled.ts";
import { BlockOnDeadlockError, TimeoutError } from "./errors.ts";
import { OperationWait } from "./operation-wait.ts";
import { sleep } from "./sleep.ts";
import { blockOn, spawn } from "./spawn.ts";
import { suspend, type Waker } from "./suspend.ts";
import { TaskScope } from "./task-scope.ts";
import { timeout } from "./timeout.ts";
import { yieldNow } from "./yield-now.ts";

function deadlockOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(BlockOnDeadlockError);
    return (error as Error).message;
  }
  throw new Error("A deadlock was expected");
}

/** How long each turn of the driver may wait from now on. */
function recordWaits(driver: FakeDriver): number[] {
  const waitsMs: number[] = [];
  const turn = driver.turn.bind(driver);
  driver.turn = (timeoutMs) => {
    waitsMs.push(timeoutMs);
    return turn(timeoutMs);
  };
  return waitsMs;
}

test("it gives and throws what the work does, without a turn of Bun's loop", async () => {
  await using _fake = new FakeRuntime();
  let hostTurns = 0;
  const immediate = setImmediate(() => hostTurns++);
  expect(blockOn(() => 1)).toBe(1);
  expect(blockOn(Promise.resolve(2))).toBe(2);
  expect(blockOn(() => sleep(1).then(() => 3))).toBe(3);
  expect(() => blockOn(() => Promise.reject(new Error("broken")))).toThrow("broken");
  expect(hostTurns).toBe(0);
  clearImmediate(immediate);
});

test("it waits for a task that was spawned before, and for its handle", async () => {
  await using _fake = new FakeRuntime();
  const handle = spawn(() => sleep(1).then(() => "before"));
  expect(blockOn(handle)).toBe("before");
});

test("a sleep without an end is nothing to wait for, also beside an idle operation", async () => {
  await using fake = new FakeRuntime();
  const controller = new AbortController();
  const { signal } = controller;
  const endless = failureOf(sleep(Number.POSITIVE_INFINITY, { signal }));
  deadlockOf(() => blockOn(new Promise(() => undefined)));
  const idle = fake.driver.ledger.prepare(fakeKind(), null, { onCompletion: () => undefined });
  fake.runtime.submit(idle);
  deadlockOf(() => blockOn(endless));
  controller.abort("enough");
  expect(await endless).toBe("enough");
});

test("it may be nested: inside tasks, inside async functions, inside itself", async () => {
  await using _fake = new FakeRuntime();
  const depth = (levels: number): number =>
    levels === 0 ? 0 : 1 + blockOn(() => sleep(0.1).then(() => depth(levels - 1)));
  expect(depth(5)).toBe(5);
  const inTask = spawn(async () => {
    await yieldNow();
    const inner = blockOn(() => sleep(1).then(() => "inner"));
    await yieldNow();
    return inner;
  });
  expect(await inTask).toBe("inner");
});

test("what is ready in the task that blocks runs while it blocks", async () => {
  await using _fake = new FakeRuntime();
  const result = await spawn(async () => {
    const beside = (async () => {
      await yieldNow();
      await sleep(0.1);
      return "beside";
    })();
    await yieldNow();
    return blockOn(beside);
  });
  expect(result).toBe("beside");
});

test("other tasks go on while one blocks", async () => {
  await using _fake = new FakeRuntime();
  const log: string[] = [];
  const other = spawn(async () => {
    for (let i = 0; i < 3; i++) {
      await yieldNow();
      log.push("other");
    }
  });
  blockOn(() => sleep(2));
  expect(log).toEqual(["other", "other", "other"]);
  await other;
});

test("a promise that nothing of ours could settle is a deadlock, and names the cause", async () => {
  await using _fake = new FakeRuntime();
  const message = deadlockOf(() => blockOn(new Promise(() => undefined)));
  expect(message).toStartWith("Cannot block: no operation, timer or ready task is left");
  expect(message).toContain("no task is alive");
  expect(message).toContain("Bun's own fetch, timers or sockets");
});

test("tasks that wait for each other are a deadlock, named by their names", async () => {
  await using _fake = new FakeRuntime();
  const first = spawn((): Promise<void> => second.then(), { name: "first" });
  const second = spawn((): Promise<void> => first.then(), { name: "second" });
  expect(deadlockOf(() => blockOn(first))).toContain(
    '2 tasks wait for each other: "first", "second"',
  );
  first.abort("enough");
  expect(await failureOf(second)).toBe("enough");
});

test("a deadlock aborts the task of the function, which keeps nothing alive any more", async () => {
  await using fake = new FakeRuntime();
  const endings: unknown[] = [];
  const message = deadlockOf(() =>
    blockOn(async () => {
      try {
        await suspend(() => undefined);
      } catch (error) {
        endings.push((error as Error).message);
      }
      await new Promise(() => undefined);
    }),
  );
  await yieldNow();
  expect(endings).toEqual([message]);
  expect(fake.runtime.metrics().tasks.live).toBe(1);
  expect(fake.runtime.loop.isReferenced).toBe(false);
});

test("a deadlock inside ends what blocked there, and nothing that began beside it", async () => {
  await using _fake = new FakeRuntime();
  const wakers: Waker<number>[] = [];
  const beside: Promise<unknown>[] = [];
  deadlockOf(() =>
    blockOn(async () => {
      beside.push(suspend<number>((waker) => void wakers.push(waker)).catch(String));
      blockOn(() => new Promise(() => undefined));
    }),
  );
  await yieldNow();
  wakers[0]?.wake(7);
  expect(await beside[0]).toBe(7);
});

test("after a deadlock the runtime goes on as before", async () => {
  await using _fake = new FakeRuntime();
  deadlockOf(() => blockOn(new Promise(() => undefined)));
  expect(blockOn(() => sleep(0.1).then(() => "fine"))).toBe("fine");
  expect(await spawn(() => yieldNow().then(() => "fine too"))).toBe("fine too");
});

test("a wait on an operation is no deadlock: the driver is turned until it completes", async () => {
  await using fake = new FakeRuntime();
  const wait = new OperationWait(fake.runtime, undefined);
  const operation = wait.prepare(fakeKind(), null);
  if (operation === null) throw new Error("not prepared");
  wait.submit(operation);
  const timer = spawn(() => sleep(2).then(() => fake.driver.complete(operation, 9)));
  expect(blockOn(wait.promise)).toBe(9);
  await timer;
});

test("a deadline is no deadlock: it ends a wait for something that is not ours", async () => {
  await using fake = new FakeRuntime();
  const waitsMs = recordWaits(fake.driver);
  const endless = (): Promise<never> => new Promise(() => undefined);
  expect(() => blockOn(() => timeout(1, endless))).toThrow(TimeoutError);
  function aborted({ signal }: TaskScope): Promise<never> {
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }
  expect(() => blockOn(() => TaskScope.run(aborted, { deadlineMs: 1 }))).toThrow(AggregateError);
  // What the deadline resumes runs at once.
  expect(Math.max(...waitsMs)).toBeLessThanOrEqual(1);
  deadlockOf(() => blockOn(() => timeout(Number.POSITIVE_INFINITY, endless)));
});

test("what is neither a promise nor a function is refused", async () => {
  await using _fake = new FakeRuntime();
  expect(() => blockOn(5 as unknown as () => number)).toThrow(
    new TypeError('Cannot block on "5": pass a promise or a function'),
  );
});

test("a waker that a foreign callback holds cannot be waited for", async () => {
  await using _fake = new FakeRuntime();
  const wait = suspend<void>((waker) => void setTimeout(() => waker.wake(), 1));
  deadlockOf(() => blockOn(wait));
  await wait;
});

test("a runtime that is shut down from inside ends the block instead of spinning", () => {
  const fake = new FakeRuntime();
  expect(() => fake.runtime.blockOn(() => fake.runtime.shutdown())).toThrow("was shut down");
  const other = new FakeRuntime();
  const never = new Promise(() => undefined);
  void other.runtime.spawn(() => other.runtime.shutdown());
  expect(() => other.runtime.blockOn(never)).toThrow("the runtime was shut down meanwhile");
});

/** What `blockOn` warns of while a timer that goes on settles the promise after all. */
async function warningWhile(block: (settled: Promise<string>) => unknown): Promise<string> {
  const { promise: warned, resolve: warn } = Promise.withResolvers<Error>();
  const onWarning = (warning: Error): void => {
    if (warning.name === "BasculeBlockWarning") warn(warning);
  };
  process.on("warning", onWarning);
  await using _fake = new FakeRuntime();
  const { promise, resolve } = Promise.withResolvers<string>();
  const ticking = spawn(async () => {
    for (let i = 0; i < 24; i++) await sleep(50);
    resolve("settled");
  });
  expect(block(promise)).toBe("settled");
  await ticking;
  const { message } = await warned;
  process.off("warning", onWarning);
  return message;
}

test("a block that hangs on something foreign is told of, although other tasks go on", async () => {
  const message = await warningWhile((foreign) => blockOn(() => foreign));
  expect(message).toStartWith('blockOn has waited 1000 ms for task "blockOn", which waits for');
  expect(message).toEndWith("stand still while it blocks. Await it instead");
});

test("and so is one that waits for a task that does, by name", async () => {
  const message = await warningWhile((foreign) => {
    const worker = spawn(() => foreign, { name: "worker" });
    return blockOn(() => worker.then());
  });
  expect(message).toContain('for task "blockOn" and so for task "worker", which waits for');
  expect(message).toMatch(/\(spawned at .*block-on\.test\.ts:\d+:\d+\)/);
});

test("what was about to be polled when a continuation blocks is polled all the same", async () => {
  await using _fake = new FakeRuntime();
  const wakers: Waker[] = [];
  const wait = (): Promise<void> => suspend((waker) => void wakers.push(waker));
  const waits: Promise<void>[] = [];
  const first = spawn(async () => {
    await wait();
    blockOn(Promise.all(waits));
  });
  await yieldNow();
  // A wait of the root's, which is never delivered together with others.
  waits.push(wait());
  for (const waker of wakers) waker.wake();
  await first;
  expect(first.isFinished).toBe(true);
});

test("so is a task that was about to begin", async () => {
  await using _fake = new FakeRuntime();
  const wakers: Waker[] = [];
  const first = spawn(async () => {
    await suspend<void>((waker) => void wakers.push(waker));
    return blockOn(second);
  });
  await yieldNow();
  wakers[0]?.wake();
  const second = spawn(() => "second");
  expect(await first).toBe("second");
});
