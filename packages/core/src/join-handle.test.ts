import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf, watch } from "../test/settled.ts";
import { AbortError } from "./errors.ts";
import type { JoinHandle } from "./join-handle.ts";
import { shield } from "./shield.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { suspend } from "./suspend.ts";
import { yieldNow } from "./yield-now.ts";

function never(): Promise<void> {
  return suspend<void>(() => undefined);
}

test("awaiting gives what the work returned, as often as wanted", async () => {
  await using _fake = new FakeRuntime();
  const handle = spawn(() => sleep(1).then(() => 42), { name: "answer" });
  expect([handle.isFinished, handle.name, handle.priority]).toEqual([false, "answer", "normal"]);
  expect(await Promise.all([handle, handle])).toEqual([42, 42]);
  expect(handle.isFinished).toBe(true);
  expect(await handle).toBe(42);
});

test("awaiting throws what the work threw", async () => {
  await using _fake = new FakeRuntime();
  const error = new Error("broken");
  const handle = spawn(async () => {
    await yieldNow();
    throw error;
  });
  expect(await failureOf(handle)).toBe(error);
  expect(await handle.catch((reason) => reason)).toBe(error);
});

test("an abort rejects the pending wait, runs finally, and is what the join throws", async () => {
  await using _fake = new FakeRuntime();
  const log: string[] = [];
  const handle = spawn(async () => {
    try {
      await never();
    } finally {
      log.push("finally");
    }
  });
  await yieldNow();
  handle.abort("enough");
  expect(log).toEqual([]);
  expect(await failureOf(handle)).toBe("enough");
  expect(log).toEqual(["finally"]);
});

test("an abort without a reason is an AbortError that names the task", async () => {
  await using _fake = new FakeRuntime();
  const handle = spawn(never, { name: "sleeper" });
  handle.abort();
  const error = await failureOf(handle);
  expect(error).toBeInstanceOf(AbortError);
  expect(String(error)).toBe('AbortError: Task "sleeper" was aborted');
});

test("a task may catch its abort, but every later wait rejects too", async () => {
  await using _fake = new FakeRuntime();
  const failures: unknown[] = [];
  const handle = spawn(async () => {
    for (let i = 0; i < 3; i++) await sleep(1000).catch((error: unknown) => failures.push(error));
    return "stubborn";
  });
  await yieldNow();
  handle.abort("over");
  expect(await handle).toBe("stubborn");
  expect(failures).toEqual(["over", "over", "over"]);
});

test("aborting a task that has ended changes nothing", async () => {
  await using _fake = new FakeRuntime();
  const handle = spawn(() => "done");
  await handle;
  handle.abort("late");
  expect(await handle).toBe("done");
});

test("a signal at spawn aborts the task, also when it is aborted already", async () => {
  await using _fake = new FakeRuntime();
  const controller = new AbortController();
  let began = false;
  const later = spawn(never, { signal: controller.signal });
  const before = spawn(() => (began = true), { signal: AbortSignal.abort("before") });
  await yieldNow();
  controller.abort("signal");
  expect(await failureOf(later)).toBe("signal");
  expect(await failureOf(before)).toBe("before");
  expect(began).toBe(false);
});

test("joining is a wait: it can be aborted, and the joined task goes on", async () => {
  await using _fake = new FakeRuntime();
  const worker = spawn(() => sleep(2).then(() => "worked"));
  const joiner = spawn(() => worker.then());
  await yieldNow();
  joiner.abort("impatient");
  expect(await failureOf(joiner)).toBe("impatient");
  expect(worker.isFinished).toBe(false);
  expect(await worker).toBe("worked");
});

test("a task that joins itself is told so, instead of waiting for ever", async () => {
  await using _fake = new FakeRuntime();
  const handle: JoinHandle<unknown> = spawn(async () => failureOf(handle), { name: "ouroboros" });
  expect(String(await handle)).toBe('TypeError: Cannot join task "ouroboros" from inside itself');
});

test("disposing aborts and waits for the clean-up", async () => {
  await using _fake = new FakeRuntime();
  const log: string[] = [];
  {
    await using _task = spawn(async () => {
      try {
        await never();
      } finally {
        await shield(() => sleep(1));
        log.push("cleaned");
      }
    });
    await yieldNow();
  }
  expect(log).toEqual(["cleaned"]);
});

test("disposing throws a failure of the clean-up, and not the abort", async () => {
  await using _fake = new FakeRuntime();
  const error = new Error("clean-up broke");
  const broken = spawn(async () => {
    try {
      await never();
    } finally {
      await shield(() => Promise.reject(error));
    }
  });
  await yieldNow();
  expect(await failureOf(broken[Symbol.asyncDispose]())).toBe(error);
});

test("shielded waits go on while the task is aborted", async () => {
  await using _fake = new FakeRuntime();
  const log: string[] = [];
  const handle = spawn(async () => {
    await shield(async () => {
      await sleep(1);
      log.push("inside");
    });
    await sleep(1).catch((error: unknown) => log.push(String(error)));
  });
  await yieldNow();
  handle.abort("over");
  await handle;
  expect(log).toEqual(["inside", "over"]);
});

test("a signal that is given to a wait inside a shield still counts", async () => {
  await using _fake = new FakeRuntime();
  const controller = new AbortController();
  const handle = spawn(() => shield(() => sleep(1000, { signal: controller.signal })));
  const settled = watch(handle);
  await yieldNow();
  handle.abort("task");
  await yieldNow();
  expect(settled.state).toBe("pending");
  controller.abort("signal");
  expect(await failureOf(handle)).toBe("signal");
});
