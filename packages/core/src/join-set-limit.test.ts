import { expect, test } from "bun:test";
import fc from "fast-check";
import { FakeRuntime } from "../test/fake-driver.ts";
import { failureOf, watch } from "../test/settled.ts";
import { JoinSet } from "./join-set.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { suspend, type Waker } from "./suspend.ts";
import { yieldNow } from "./yield-now.ts";

/** Counts who is inside. */
class Room {
  inside: number = 0;
  insideMax: number = 0;
  readonly order: number[] = [];

  async stay(id: number, yields: number): Promise<number> {
    this.order.push(id);
    this.insideMax = Math.max(this.insideMax, ++this.inside);
    try {
      for (let i = 0; i < yields; i++) await yieldNow();
    } finally {
      this.inside--;
    }
    return id;
  }
}

test("so many run at once, the others in order of spawning", async () => {
  await using _fake = new FakeRuntime();
  await using set = new JoinSet<number>({ concurrency: 3 });
  const room = new Room();
  for (let id = 0; id < 20; id++) set.spawn(() => room.stay(id, id % 4));
  expect([set.size, set.queued]).toEqual([20, 17]);
  const results: number[] = [];
  for await (const id of set) results.push(id);
  expect(room.insideMax).toBe(3);
  expect(room.order).toEqual([...room.order.keys()]);
  expect(results.toSorted((a, b) => a - b)).toEqual([...results.keys()]);
});

test("a queued task that is aborted never begins, and takes nobody's place", async () => {
  await using _fake = new FakeRuntime();
  await using set = new JoinSet<string>({ concurrency: 1 });
  const log: string[] = [];
  const work = (name: string) => async (): Promise<string> => {
    log.push(name);
    await sleep(1);
    return name;
  };
  set.spawn(work("a"));
  const b = set.spawn(work("b"));
  set.spawn(work("c"));
  await yieldNow();
  b.abort("not you");
  expect(await failureOf(b)).toBe("not you");
  expect(await set.next().catch((reason: unknown) => reason)).toBe("not you");
  expect(await set.next()).toEqual({ done: false, value: "a" });
  expect(await set.next()).toEqual({ done: false, value: "c" });
  expect(log).toEqual(["a", "c"]);
});

test("whatever fails or is aborted, no slot is lost and none is used twice", async () => {
  const jobs = fc.array(
    fc.record({ yields: fc.nat(4), fails: fc.boolean(), abortAfter: fc.option(fc.nat(8)) }),
    { maxLength: 30 },
  );
  await using _fake = new FakeRuntime();
  await fc.assert(
    fc.asyncProperty(jobs, fc.integer({ min: 1, max: 5 }), async (all, concurrency) => {
      const room = new Room();
      const set = new JoinSet<number>({ concurrency });
      for (const [id, { yields, fails, abortAfter }] of all.entries()) {
        const handle = set.spawn(async () => {
          await room.stay(id, yields);
          if (fails) throw new Error("job");
          return id;
        });
        if (abortAfter === null) continue;
        spawn(async () => {
          for (let i = 0; i < abortAfter; i++) await yieldNow();
          handle.abort("abort");
        });
      }
      let ends = 0;
      for (; ; ends++) {
        const next = await set.next().catch(() => null);
        if (next?.done === true) break;
      }
      expect([ends, room.inside, set.queued]).toEqual([all.length, 0, 0]);
      expect(room.insideMax).toBeLessThanOrEqual(concurrency);
    }),
    { numRuns: 100 },
  );
});

test("room makes several producers wait, and lets each spawn in turn", async () => {
  await using _fake = new FakeRuntime();
  await using set = new JoinSet<void>({ concurrency: 2 });
  let queuedMax = 0;
  const produce = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) {
      await set.room();
      set.spawn(() => yieldNow());
      queuedMax = Math.max(queuedMax, set.queued);
    }
  };
  await Promise.all([spawn(produce), spawn(produce), spawn(produce)]);
  expect([queuedMax, set.size >= 28]).toEqual([0, true]);
});

test("room that nobody uses goes on to the next producer", async () => {
  await using _fake = new FakeRuntime();
  await using set = new JoinSet<void>({ concurrency: 1 });
  const { promise, resolve } = Promise.withResolvers<void>();
  set.spawn(() => promise);
  const controller = new AbortController();
  const [idle, aborted, last] = [
    watch(set.room()),
    watch(set.room({ signal: controller.signal })),
    watch(set.room()),
  ];
  controller.abort("gave up");
  await yieldNow();
  expect([idle.state, aborted.error, last.state]).toEqual(["pending", "gave up", "pending"]);
  resolve();
  await set.next();
  await sleep(1);
  expect([idle.state, last.state]).toEqual(["fulfilled", "fulfilled"]);
});

test("room goes to who asked first, however urgent those are that ask later", async () => {
  await using _fake = new FakeRuntime();
  await using set = new JoinSet<string>({ concurrency: 1 });
  const { promise: occupied, resolve: vacate } = Promise.withResolvers<void>();
  const order: string[] = [];
  async function produce(name: string): Promise<void> {
    await set.room();
    order.push(name);
    set.spawn(() => name);
  }
  const occupant = set.spawn(() => occupied.then(() => "occupant"));
  const early = spawn(() => produce("early"), { priority: "low" });
  const late = spawn(() => occupant.then(() => produce("late")), { priority: "high" });
  await sleep(1);
  vacate();
  await Promise.all([early, late]);
  expect(order).toEqual(["early", "late"]);
});

test("a task that comes while another is on its way in leaves no room unused", async () => {
  await using _fake = new FakeRuntime();
  await using set = new JoinSet<void>({ concurrency: 2 });
  const wakers: Waker[] = [];
  const gate = (): Promise<void> => suspend((waker) => void wakers.push(waker));
  const log: string[] = [];
  const runFor = (name: string) => async (): Promise<void> => {
    log.push(name);
    await gate();
  };
  set.spawn(gate);
  set.spawn(gate);
  set.spawn(runFor("third"));
  const urgent = spawn(async () => {
    await gate();
    set.spawn(runFor("fourth"), { priority: "high" });
  });
  await sleep(1);
  for (const waker of wakers.splice(0)) waker.wake();
  await urgent;
  await sleep(1);
  expect([log.toSorted(), set.queued]).toEqual([["fourth", "third"], 0]);
  for (const waker of wakers) waker.wake();
});

test("without a limit there is always room", async () => {
  await using _fake = new FakeRuntime();
  await using set = new JoinSet<void>();
  for (let i = 0; i < 300; i++) {
    await set.room();
    set.spawn(() => suspend<void>(() => undefined));
  }
  expect([set.size, set.queued]).toEqual([300, 0]);
});

test.each([0, -1, 1.5, Number.NaN])("a concurrency of %p is refused", (concurrency) => {
  expect(() => new JoinSet({ concurrency })).toThrow(
    new RangeError(
      `Cannot make a join set with concurrency "${concurrency}": pass a whole number above 0`,
    ),
  );
});
