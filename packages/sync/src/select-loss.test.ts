import { expect, test } from "bun:test";
import { spawn, timeout, yieldNow } from "@bascule/core";
import { quiet } from "../test/settled.ts";
import { broadcast } from "./broadcast.ts";
import { channel } from "./channel.ts";
import { Mutex } from "./mutex.ts";
import { Notify } from "./notify.ts";
import { select } from "./select.ts";
import { Semaphore } from "./semaphore.ts";
import { unboundedChannel } from "./unbounded-channel.ts";
import { watch } from "./watch.ts";

/** Numbers that look random and replay the same way (xorshift32). */
function seeded(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

/** An async function around a wait, so deep: its value takes that many microtasks to come out. */
async function wrapped<T>(depth: number, begin: () => Promise<T>): Promise<T> {
  return depth === 0 ? await begin() : await wrapped(depth - 1, begin);
}

test("10,000 selects between two channels receive every message once and in order", async () => {
  const roll = seeded(20261121);
  const [left, leftInbox] = channel<number>(4);
  const [right, rightInbox] = unboundedChannel<number>();
  const total = 5000;
  const sending = [
    spawn(async () => {
      for (let i = 0; i < total; i++) {
        await left.send(i);
        if (roll(3) === 0) await yieldNow();
      }
    }),
    spawn(async () => {
      for (let i = 0; i < total; i++) {
        right.send(i);
        if (roll(3) === 0) await yieldNow();
      }
    }),
  ];
  const receiving = spawn(async () => {
    const next = { left: 0, right: 0 };
    while (next.left + next.right < 2 * total) {
      const depth = roll(5);
      const got = await select({
        left: (signal) => wrapped(depth, () => leftInbox.recv({ signal })),
        right: (signal) => wrapped(roll(3), () => rightInbox.recv({ signal })),
        pause: () => (roll(2) === 0 ? yieldNow() : quiet()),
      });
      if (got.key !== "pause") expect(got.value).toBe(next[got.key]++);
    }
  });
  await Promise.all([...sending, receiving]);
}, 30_000);

test("both ready, however deep the functions around the waits: one is taken", async () => {
  for (let depth = 0; depth < 40; depth++) {
    const [sender, inbox] = unboundedChannel<number>();
    const [otherSender, otherInbox] = unboundedChannel<number>();
    sender.send(1);
    otherSender.send(2);
    await select({
      one: () => wrapped(depth, () => inbox.recv()),
      other: () => wrapped(depth, () => otherInbox.recv()),
    });
    await quiet();
    expect(inbox.length + otherInbox.length).toBe(1);
  }
});

test("what a branch took comes out, although a deadline around it is seen meanwhile", async () => {
  const [sender, inbox] = unboundedChannel<number>();
  for (let depth = 0; depth < 9; depth++) {
    // The loop has nothing to do: what is timed out has it look at the time in a microtask.
    await new Promise((resolve) => setImmediate(resolve));
    sender.send(depth);
    const got = await timeout(0, () =>
      select({ message: () => wrapped(depth, () => inbox.recv()) }),
    );
    expect(got).toEqual({ key: "message", value: depth });
  }
});

test("both woken in the same moment: one is taken, the other is there the next time", async () => {
  for (let i = 0; i < 100; i++) {
    const [sender, inbox] = unboundedChannel<number>();
    const [otherSender, otherInbox] = unboundedChannel<number>();
    const got = select({ one: () => inbox.recv(), other: () => otherInbox.recv() });
    await quiet();
    sender.send(1);
    otherSender.send(1);
    await got;
    expect(inbox.length + otherInbox.length).toBe(1);
  }
});

test("in a race of all primitives exactly one is taken", async () => {
  const roll = seeded(7);
  for (let i = 0; i < 300; i++) {
    const [sender, inbox] = channel<number>(1);
    const [fullSender, fullInbox] = channel<number>(1);
    fullSender.trySend(0);
    const semaphore = new Semaphore(1);
    const permit = semaphore.tryAcquire();
    const mutex = new Mutex();
    const guard = mutex.tryLock();
    const notify = new Notify();
    const news = broadcast<number>(2);
    const reader = news.subscribe();
    const state = watch(0);
    const watcher = state.subscribe();
    const racing = select({
      recv: () => inbox.recv(),
      send: () => fullSender.send(1),
      acquire: () => semaphore.acquire(),
      lock: () => mutex.lock(),
      notified: () => notify.notified(),
      news: () => reader.recv(),
      changed: () => watcher.changed(),
    });
    await quiet();
    const triggers = [
      () => sender.trySend(1),
      () => fullInbox.tryRecv(),
      () => permit?.release(),
      () => guard?.release(),
      () => notify.notifyOne(),
      () => news.send(1),
      () => state.send(1),
    ];
    for (let at = roll(7), count = 0; count < 7; count++) triggers[(at + count) % 7]?.();
    await racing;
    await quiet();
    const kept = [
      inbox.length === 1,
      fullInbox.length === 0,
      semaphore.available === 1,
      !mutex.isLocked,
      (await select({ kept: () => notify.notified(), lost: () => yieldNow() })).key === "kept",
      reader.length === 1,
      watcher.hasChanged,
    ];
    expect(kept.filter((each) => !each).length).toBe(1);
  }
}, 30_000);

test("a branch that waits twice does not block the others in between", async () => {
  const mutex = new Mutex();
  const [, silent] = channel<number>(1);
  const [sender, inbox] = channel<number>(1);
  sender.trySend(1);
  const got = await select(
    {
      locked: async () => {
        using _guard = await mutex.lock();
        return await silent.recv();
      },
      message: () => inbox.recv(),
    },
    { biased: true },
  );
  expect(got).toEqual({ key: "message", value: 1 });
  await quiet();
  expect(mutex.isLocked).toBe(false);
});

test("what has lost is not kept: memory stays flat over many selects of one task", async () => {
  const [sender, inbox] = channel<number>(1);
  const idle = new Notify();
  const round = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) {
      const got = select({
        message: (signal) => inbox.recv({ signal }),
        idle: () => idle.notified(),
      });
      sender.trySend(i);
      await got;
    }
    Bun.gc(true);
    return process.memoryUsage().heapUsed;
  };
  const grown = spawn(async () => {
    const before = await round(5000);
    return (await round(20_000)) - before;
  });
  expect(await grown).toBeLessThan(3_000_000);
  expect(idle.waiting).toBe(0);
}, 30_000);
