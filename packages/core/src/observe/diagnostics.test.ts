import { expect, test } from "bun:test";
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { FakeRuntime } from "../../test/fake-driver.ts";
import { fakeKind } from "../../test/fake-kind.ts";
import { sleep } from "../sleep.ts";
import { spawn } from "../spawn.ts";

const NAMES = [
  "bascule:task:spawn",
  "bascule:task:poll",
  "bascule:task:end",
  "bascule:operation:submit",
  "bascule:operation:cancel",
  "bascule:operation:complete",
] as const;

type Name = (typeof NAMES)[number];

/** Collects what is published while it exists. */
class Listener implements Disposable {
  readonly messages: [string, Record<string, unknown>][] = [];
  readonly #names: readonly Name[];
  readonly #hear = (message: unknown, name: string | symbol): void => {
    this.messages.push([String(name), message as Record<string, unknown>]);
  };

  constructor(...names: Name[]) {
    this.#names = names;
    for (const name of names) subscribe(name, this.#hear);
  }

  [Symbol.dispose](): void {
    for (const name of this.#names) unsubscribe(name, this.#hear);
  }
}

test("a task's spawn, polls and end are published", async () => {
  await using fake = new FakeRuntime();
  using listener = new Listener(...NAMES.slice(0, 3));
  const failing = spawn(
    async () => {
      await sleep(1);
      throw new RangeError("too far");
    },
    { name: "failing", priority: "high" },
  );
  await failing.catch(() => undefined);
  const own = listener.messages.filter(([, message]) => message["taskId"] === failing.id);
  expect(own).toEqual([
    [
      "bascule:task:spawn",
      {
        runtime: fake.runtime,
        taskId: failing.id,
        name: "failing",
        priority: "high",
        parentId: 0,
        spawnSite: expect.stringContaining("diagnostics.test.ts"),
        timeMs: expect.any(Number),
      },
    ],
    ["bascule:task:poll", expect.objectContaining({ durationMs: expect.any(Number) })],
    [
      "bascule:task:end",
      expect.objectContaining({ outcome: "rejected", error: new RangeError("too far"), polls: 2 }),
    ],
    ["bascule:task:poll", expect.objectContaining({ startMs: expect.any(Number) })],
  ]);
});

test("operations are published from submission to completion", async () => {
  await using fake = new FakeRuntime();
  using listener = new Listener(...NAMES.slice(3));
  const { ledger } = fake.driver;
  const operation = ledger.prepare(fakeKind("recv"), null, { onCompletion: () => undefined });
  fake.runtime.submit(operation);
  fake.runtime.cancel(operation);
  await sleep(1);
  const { slot } = operation;
  const common = { kind: "recv", descriptor: -1, slot, generation: 0 };
  expect(listener.messages).toEqual([
    ["bascule:operation:submit", expect.objectContaining({ ...common, result: undefined })],
    ["bascule:operation:cancel", expect.objectContaining(common)],
    ["bascule:operation:complete", expect.objectContaining({ result: -125, more: false })],
  ]);
});

test("nothing is observed before the first subscriber and after the last", async () => {
  const early = new Listener("bascule:task:end");
  await using fake = new FakeRuntime();
  const { executor } = fake.runtime.loop;
  expect(executor.observer).not.toBeNull();
  const second = new Listener("bascule:task:poll");
  early[Symbol.dispose]();
  expect(executor.observer).not.toBeNull();
  second[Symbol.dispose]();
  expect(executor.observer).toBeNull();
  const hear = (): void => undefined;
  channel("bascule:task:spawn").subscribe(hear);
  expect(executor.observer).not.toBeNull();
  const isRemoved: unknown = channel("bascule:task:spawn").unsubscribe(hear);
  expect(isRemoved).toBe(true);
  expect(executor.observer).toBeNull();
});
