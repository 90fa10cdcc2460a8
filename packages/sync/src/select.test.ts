import { expect, test } from "bun:test";
import { join } from "node:path";
import { AbortError, sleep, spawn, yieldNow } from "@bascule/core";
import { aborter, failureOf, isPending, quiet } from "../test/settled.ts";
import { channel } from "./channel.ts";
import { Mutex } from "./mutex.ts";
import { Notify } from "./notify.ts";
import { select, type Selected } from "./select.ts";

function never(): Promise<never> {
  return new Notify().notified() as Promise<never>;
}

test("the first branch to be ready wins, with its key and value", async () => {
  const [sender, inbox] = channel<string>(1);
  const won = select({
    message: (signal) => inbox.recv({ signal }),
    stop: (signal) => new Notify().notified({ signal }),
  });
  expect(await isPending(won)).toBe(true);
  sender.trySend("hello");
  expect(await won).toEqual({ key: "message", value: "hello" });
});

test("comparing the key narrows the value", async () => {
  const branches = {
    text: () => Promise.resolve("a"),
    count: () => 1,
    none: async () => undefined,
  };
  const got: Selected<typeof branches> = await select(branches);
  if (got.key === "text") expect(got.value.toUpperCase()).toBe("A");
  else if (got.key === "count") expect(got.value.toFixed()).toBe("1");
  else expect(got.value satisfies undefined).toBeUndefined();
});

test("when a branch is ready at once, those after it are not begun", async () => {
  const begun: string[] = [];
  const branch = (name: string) => () => {
    begun.push(name);
    return name === "idle" ? never() : Promise.resolve(name);
  };
  const branches = { idle: branch("idle"), a: branch("a"), b: branch("b") };
  expect(await select(branches, { biased: true })).toEqual({ key: "a", value: "a" });
  expect(begun).toEqual(["idle", "a"]);
});

test("without bias every ready branch wins about as often", async () => {
  const wins = { a: 0, b: 0, c: 0 };
  for (let i = 0; i < 3000; i++) wins[(await select({ a: () => 1, b: () => 2, c: () => 3 })).key]++;
  for (const count of Object.values(wins)) expect(count).toBeGreaterThan(800);
});

test("with bias the first ready branch in the order written wins", async () => {
  for (let i = 0; i < 100; i++) {
    const got = await select({ idle: never, a: async () => 1, b: async () => 2 }, { biased: true });
    expect(got.key).toBe("a");
  }
});

test("losers are aborted, by their signal too, and the winner's signal is not", async () => {
  const signals: Record<string, AbortSignal> = {};
  const lost = Promise.withResolvers<unknown>();
  const [sender, inbox] = channel<number>(1);
  const won = select({
    winner: (signal) => {
      signals["winner"] = signal;
      return inbox.recv({ signal });
    },
    loser: (signal) => {
      signals["loser"] = signal;
      const waiting = new Notify().notified({ signal });
      lost.resolve(failureOf(waiting));
      return waiting;
    },
  });
  await sender.send(1);
  await won;
  expect([signals["winner"]?.aborted, signals["loser"]?.aborted]).toEqual([false, true]);
  expect(await lost.promise).toBeInstanceOf(AbortError);
  expect(await lost.promise).toBe(signals["loser"]?.reason);
});

test("waits of a loser are aborted without being given the signal, later ones too", async () => {
  const [sender, inbox] = channel<number>(1);
  const failures: unknown[] = [];
  const ended = Promise.withResolvers<void>();
  const won = select({
    message: () => inbox.recv(),
    stubborn: async () => {
      failures.push(await failureOf(never()));
      failures.push(await failureOf(sleep(10_000)));
      ended.resolve();
    },
  });
  await quiet();
  sender.trySend(1);
  expect((await won).key).toBe("message");
  await ended.promise;
  expect(failures.every((error) => error instanceof AbortError)).toBe(true);
  expect(failures.length).toBe(2);
});

test("a failing branch fails the select and aborts the others", async () => {
  const broken = new Error("broken");
  const [sender, inbox] = channel<number>(1);
  let reason: unknown;
  const failing = select({
    message: (signal) => {
      signal.addEventListener("abort", () => (reason = signal.reason));
      return inbox.recv({ signal });
    },
    fails: async () => {
      await yieldNow();
      throw broken;
    },
  });
  expect(await failureOf(failing)).toBe(broken);
  expect(reason).toBe(broken);
  sender.trySend(1);
  expect(await inbox.recv()).toBe(1);
});

test("a branch that throws or has failed already fails the select at once", async () => {
  const broken = new Error("broken");
  const throws = (): never => {
    throw broken;
  };
  expect(await failureOf(select({ idle: never, throws }))).toBe(broken);
  const failed = Promise.reject(broken);
  expect(await failureOf(select({ failed: () => failed, ready: () => 1 }, { biased: true }))).toBe(
    broken,
  );
});

test("an abort of its own signal rejects with the reason, and every branch loses", async () => {
  const [sender, inbox] = channel<number>(1);
  const { signal, abort, reason } = aborter();
  const aborted = select({ message: () => inbox.recv(), other: never }, { signal });
  await quiet();
  sender.trySend(1);
  abort();
  expect(await failureOf(aborted)).toBe(reason);
  expect(await inbox.recv()).toBe(1);
  let begun = false;
  const late = select({ branch: () => (begun = true) }, { signal });
  expect(await failureOf(late)).toBe(reason);
  expect(begun).toBe(false);
});

test("an abort of its own signal does not wait for a branch that ignores aborts", async () => {
  const { signal, abort, reason } = aborter();
  const aborted = select({ deaf: () => Promise.withResolvers().promise }, { signal });
  await quiet();
  abort();
  expect(await failureOf(aborted)).toBe(reason);
});

test("after an abort no further branch begins, whenever it comes", async () => {
  for (let microtasks = 0; microtasks < 40; microtasks++) {
    const { signal, abort, reason } = aborter();
    const mutex = new Mutex();
    let begun = false;
    // Takes the lock at once and holds the other branch up, until it is seen to wait again.
    const holding = async (): Promise<never> => {
      using _guard = await mutex.lock();
      return await never();
    };
    const later = (): Promise<never> => {
      begun = true;
      return never();
    };
    const aborted = select({ holding, later }, { biased: true, signal });
    for (let i = 0; i < microtasks; i++) await null;
    const begunBefore = begun;
    abort();
    expect(await failureOf(aborted)).toBe(reason);
    await quiet();
    expect([begun, mutex.isLocked]).toEqual([begunBefore, false]);
  }
});

test("it leaves no listener behind on its own signal", async () => {
  const { signal } = aborter();
  let listeners = 0;
  signal.addEventListener = () => void listeners++;
  signal.removeEventListener = () => void listeners--;
  for (let i = 0; i < 10; i++) await select({ a: () => yieldNow(), idle: never }, { signal });
  await quiet();
  expect(listeners).toBe(0);
});

test("an abort of the task rejects it with the task's reason", async () => {
  const [sender, inbox] = channel<number>(1);
  const task = spawn(() => select({ message: (signal) => inbox.recv({ signal }), other: never }));
  await quiet();
  sender.trySend(1);
  task.abort("enough");
  expect(await failureOf(task)).toBe("enough");
  expect(await inbox.recv()).toBe(1);
});

test("an abort of the task reaches signals of branches, and ends what ignores them", async () => {
  const signals: AbortSignal[] = [];
  const foreign = (signal: AbortSignal): Promise<never> => {
    signals.push(signal);
    return new Promise(() => undefined);
  };
  const task = spawn(() => select({ one: foreign, other: foreign }));
  await quiet();
  task.abort("gone");
  expect(await failureOf(task)).toBe("gone");
  expect(signals.map(({ reason }) => reason)).toEqual(["gone", "gone"]);
});

test("in a task that is aborted already it rejects, and its branches are told", async () => {
  const reasons: unknown[] = [];
  const task = spawn(async () => {
    await failureOf(sleep(60_000));
    await select({
      foreign: (signal) => {
        reasons.push(signal.reason);
        return new Promise<never>(() => undefined);
      },
    });
  });
  await quiet();
  task.abort("gone");
  expect(await failureOf(task)).toBe("gone");
  expect(reasons).toEqual(["gone"]);
});

test("a value that was taken before the abort of the task is handed on all the same", async () => {
  const [sender, inbox] = channel<number>(1);
  const task = spawn(() =>
    select({
      message: async () => {
        const message = await inbox.recv();
        task.abort("too late");
        await null;
        return message;
      },
    }),
  );
  await quiet();
  sender.trySend(7);
  expect(await task).toEqual({ key: "message", value: 7 });
});

test("a join handle can be a branch", async () => {
  const slow = spawn(() => never());
  const got = await select({ slow: () => slow, quick: () => spawn(() => 7) });
  expect(got).toEqual({ key: "quick", value: 7 });
  await slow[Symbol.asyncDispose]();
});

test("a late value of a branch that ignored its abort is disposed", async () => {
  const mutex = new Mutex();
  const late = Promise.withResolvers<Disposable>();
  const disposed = Promise.withResolvers<void>();
  const lateAsync = Promise.withResolvers<AsyncDisposable>();
  await select({ a: () => late.promise, b: () => lateAsync.promise, c: () => yieldNow() });
  late.resolve(await mutex.lock());
  lateAsync.resolve({ [Symbol.asyncDispose]: async () => disposed.resolve() });
  await disposed.promise;
  expect(mutex.isLocked).toBe(false);
});

test("what a loser fails with beside its abort is reported, its abort is not", () => {
  const program = join(import.meta.dir, "../test/failing-losers.ts");
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, program], {
    timeout: 4000,
  });
  expect([stderr.toString(), exitCode]).toEqual(["", 0]);
  expect(JSON.parse(stdout.toString())).toEqual(["Error: broken in clean-up"]);
});

test("selects nest", async () => {
  const [sender, inbox] = channel<number>(1);
  const outer = select({
    inner: () => select({ message: () => inbox.recv(), idle: never }),
    idle: never,
  });
  await quiet();
  sender.trySend(1);
  expect(await outer).toEqual({ key: "inner", value: { key: "message", value: 1 } });
  const lost = select({
    inner: () => select({ message: () => inbox.recv(), idle: never }),
    now: () => yieldNow(),
  });
  expect((await lost).key).toBe("now");
  sender.trySend(2);
  expect(await inbox.recv()).toBe(2);
});

test("no branches at all are refused", async () => {
  expect(String(await failureOf(select({})))).toBe(
    "TypeError: Cannot select: there are no branches",
  );
});

test("a branch that is a promise, and a signal that is none, are refused by name", async () => {
  const waiting = new Notify();
  const promise = Promise.resolve() as unknown as () => void;
  expect(await failureOf(select({ wait: () => waiting.notified(), ready: promise }))).toEqual(
    new TypeError(
      'Cannot select: branch "ready" is no function that begins a wait, as in { ready: () => … }',
    ),
  );
  const signal = new AbortController() as unknown as AbortSignal;
  const branches = { wait: () => waiting.notified() };
  expect(await failureOf(select(branches, { signal }))).toEqual(
    new TypeError('Cannot select with an AbortController: pass its "signal"'),
  );
  expect(waiting.waiting).toBe(0);
});

test("a signal of another make is one, as for every other wait", async () => {
  const { signal } = new AbortController();
  const like = Object.create(null, { aborted: { value: false } });
  like.addEventListener = signal.addEventListener.bind(signal);
  like.removeEventListener = signal.removeEventListener.bind(signal);
  const got = await select({ slow: () => quiet().then(() => 7) }, { signal: like });
  expect(got.value).toBe(7);
});
