import { expect, test } from "bun:test";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf } from "../test/settled.ts";
import { anySignal } from "./any-signal.ts";
import { JoinSet } from "./join-set.ts";
import { shield } from "./shield.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { suspend } from "./suspend.ts";
import { TaskScope } from "./task-scope.ts";
import { timeout } from "./timeout.ts";
import { yieldNow } from "./yield-now.ts";

const noSignals = [new AbortController(), null, "signal", {}] as unknown as AbortSignal[];

test("what is no signal is refused, and nothing is begun or left behind", async () => {
  await using fake = new FakeRuntime();
  let begun = 0;
  for (const signal of noSignals) {
    expect(() => sleep(1, { signal })).toThrow(TypeError);
    expect(() => yieldNow({ signal })).toThrow(TypeError);
    expect(() => spawn(() => begun++, { signal })).toThrow(TypeError);
    expect(() => new TaskScope({ signal })).toThrow(TypeError);
    expect(() => anySignal([new AbortController().signal, signal])).toThrow(TypeError);
  }
  await yieldNow();
  const [root, ...tasks] = fake.runtime.snapshot().tasks;
  expect([begun, root?.waits, tasks]).toEqual([0, [], []]);
});

test("a controller in place of its signal is told apart", async () => {
  await using _fake = new FakeRuntime();
  const signal = new AbortController() as unknown as AbortSignal;
  expect(() => sleep(1, { signal })).toThrow(
    new TypeError('Cannot wait with an AbortController: pass its "signal"'),
  );
  expect(() => sleep(1, { signal: 5 as unknown as AbortSignal })).toThrow(
    new TypeError('Cannot wait with signal "5": pass an AbortSignal'),
  );
});

test("a promise in place of the function that makes it is refused by name", async () => {
  await using _fake = new FakeRuntime();
  const promise = Promise.resolve() as never;
  const scope = new TaskScope();
  expect(() => spawn(promise)).toThrow(
    new TypeError('Cannot spawn "[object Promise]": pass a function'),
  );
  expect(() => scope.spawn(promise)).toThrow(TypeError);
  expect(() => new JoinSet().spawn(promise)).toThrow(TypeError);
  expect(() => suspend(promise)).toThrow(TypeError);
  expect(scope.size).toBe(0);
  for (const refused of [timeout(1, promise), shield(promise), TaskScope.run(promise)]) {
    expect(await failureOf(refused)).toMatchObject({
      name: "TypeError",
      message: expect.stringContaining('"[object Promise]": pass a function'),
    });
  }
});

test("a scope tells of a failure that has no words", async () => {
  await using _fake = new FakeRuntime();
  const silent: unknown = Object.create(null);
  const scope = new TaskScope();
  scope.spawn(() => {
    throw silent;
  });
  const error = (await failureOf(scope[Symbol.asyncDispose]())) as AggregateError;
  expect(error.message).toBe('Task scope "scope" ended with 1 failure: [object Object]');
  expect(error.errors).toEqual([silent]);
});

test("a name that is no string is refused before anything begins", async () => {
  await using fake = new FakeRuntime();
  for (const name of [7, null, Symbol("name"), {}] as unknown as string[]) {
    expect(() => spawn(() => 1, { name })).toThrow(/^Cannot spawn with name ".*": pass a string$/);
  }
  expect(fake.runtime.metrics().tasks.spawned).toBe(0);
});
