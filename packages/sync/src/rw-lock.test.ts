import { expect, test } from "bun:test";
import { spawn, yieldNow } from "@bascule/core";
import fc from "fast-check";
import { aborter, failureOf, isPending } from "../test/settled.ts";
import { ReleasedError } from "./errors.ts";
import { RwLock } from "./rw-lock.ts";

test("readers share, a writer is alone", async () => {
  const lock = new RwLock(1);
  const one = await lock.read();
  const two = await lock.read();
  const writing = lock.write();
  one.release();
  expect(await isPending(writing)).toBe(true);
  two.release();
  const writer = await writing;
  writer.value = 2;
  const reading = lock.read();
  expect([lock.tryRead(), lock.tryWrite()]).toEqual([undefined, undefined]);
  expect(await isPending(reading)).toBe(true);
  writer.release();
  expect((await reading).value).toBe(2);
});

test("readers that come after a waiting writer do not overtake it", async () => {
  const lock = new RwLock();
  const held = await lock.read();
  const order: string[] = [];
  const enter = async (name: string, guard: Promise<Disposable>): Promise<void> => {
    using _guard = await guard;
    order.push(name);
    await yieldNow();
  };
  const all = [
    enter("write", lock.write()),
    enter("read", lock.read()),
    enter("read", lock.read()),
    enter("write again", lock.write()),
  ];
  expect([lock.tryRead(), lock.waiting]).toEqual([undefined, 4]);
  held.release();
  await Promise.all(all);
  expect(order).toEqual(["write", "read", "read", "write again"]);
});

test("an endless stream of readers does not starve a writer", async () => {
  const lock = new RwLock(0);
  let reads = 0;
  const readers = Array.from({ length: 4 }, () =>
    spawn(async () => {
      for (;;) {
        using guard = await lock.read();
        if (guard.value === 1) return;
        reads++;
        await yieldNow();
      }
    }),
  );
  await yieldNow();
  const before = reads;
  using writer = await lock.write();
  expect(reads - before).toBeLessThan(20);
  writer.value = 1;
  writer.release();
  await Promise.all(readers);
});

test("an aborted writer lets the readers behind it go on, an aborted grant goes back", async () => {
  const lock = new RwLock();
  const held = await lock.read();
  const writer = aborter();
  const lost = lock.write({ signal: writer.signal });
  const reading = lock.read();
  writer.abort();
  expect(await failureOf(lost)).toBe(writer.reason);
  (await reading).release();
  const granted = aborter();
  const alsoLost = lock.write({ signal: granted.signal });
  held.release();
  granted.abort();
  expect(await failureOf(alsoLost)).toBe(granted.reason);
  expect(await failureOf(lock.read({ signal: granted.signal }))).toBe(granted.reason);
  using free = lock.tryWrite();
  expect(free).toBeDefined();
});

test("guards are of no use after their release, and releasing twice is harmless", async () => {
  const lock = new RwLock(1);
  const reader = await lock.read();
  reader.release();
  reader.release();
  const writer = await lock.write();
  writer.release();
  writer.release();
  expect(() => reader.value).toThrow(ReleasedError);
  expect(() => writer.value).toThrow(ReleasedError);
  expect(lock.tryWrite()?.value).toBe(1);
});

test("never a writer together with anybody else, whatever is aborted when", async () => {
  const request = fc.record({
    writes: fc.boolean(),
    before: fc.nat(5),
    patience: fc.nat(10),
    hold: fc.nat(3),
  });
  const property = fc.asyncProperty(fc.array(request, { maxLength: 20 }), async (requests) => {
    const lock = new RwLock();
    const inside = { readers: 0, writers: 0 };
    const turns = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await yieldNow();
    };
    const tasks = requests.map(({ writes, before, patience, hold }) =>
      spawn(async () => {
        await turns(before);
        const controller = new AbortController();
        const { signal } = controller;
        const guard: Promise<Disposable> = writes ? lock.write({ signal }) : lock.read({ signal });
        const impatience = spawn(() => turns(patience).then(() => controller.abort("impatient")));
        try {
          using _guard = await guard;
          const kind = writes ? "writers" : "readers";
          inside[kind]++;
          if (writes) expect(inside).toEqual({ readers: 0, writers: 1 });
          else expect(inside.writers).toBe(0);
          await turns(hold);
          inside[kind]--;
        } catch (error) {
          if (error !== "impatient") throw error;
        }
        await impatience;
      }),
    );
    await Promise.all(tasks);
    using free = lock.tryWrite();
    expect(free).toBeDefined();
  });
  await fc.assert(property, { numRuns: 150 });
}, 30_000);
