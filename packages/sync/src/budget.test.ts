import { expect, test } from "bun:test";
import { spawn } from "@bascule/core";
import { Barrier } from "./barrier.ts";
import { broadcast } from "./broadcast.ts";
import { channel } from "./channel.ts";
import { Mutex } from "./mutex.ts";
import { Notify } from "./notify.ts";
import { RwLock } from "./rw-lock.ts";
import { select } from "./select.ts";
import { Semaphore } from "./semaphore.ts";
import { watch } from "./watch.ts";

const ROUNDS = 2000;

const [sender, inbox] = channel<number>(1);
const [batchSender, batchInbox] = channel<number>(1);
const mutex = new Mutex();
const lock = new RwLock();
const semaphore = new Semaphore(2);
const notify = new Notify();
const barrier = new Barrier(1);
const news = broadcast<number>(1);
const reader = news.subscribe();
const state = watch(0);
const watcher = state.subscribe();

/** One round of each: a wait that is ready at once, every time. */
const rounds: Record<string, () => Promise<unknown>> = {
  send: () => sender.send(1).then(() => inbox.tryRecv()),
  recv: () => (sender.trySend(1), inbox.recv()),
  recvMany: () => (batchSender.trySend(1), batchInbox.recvMany(8)),
  iterate: () => (sender.trySend(1), inbox[Symbol.asyncIterator]().next()),
  lock: () => mutex.lock().then((guard) => guard.release()),
  read: () => lock.read().then((guard) => guard.release()),
  write: () => lock.write().then((guard) => guard.release()),
  acquire: () => semaphore.acquire(2).then((permit) => permit.release()),
  notified: () => (notify.notifyOne(), notify.notified()),
  barrier: () => barrier.wait(),
  broadcast: () => (news.send(1), reader.recv()),
  changed: () => (state.send(1), watcher.changed()),
  waitFor: () => watcher.waitFor(() => true),
  select: () => select({ ready: () => semaphore.acquire() }).then((got) => got.value.release()),
};

test.each(Object.keys(rounds))("%s that is always ready lets other tasks run", async (name) => {
  const round = rounds[name] as () => Promise<unknown>;
  let done = 0;
  const greedy = spawn(async () => {
    for (; done < ROUNDS; done++) await round();
  });
  const other = await spawn(() => done);
  expect(other).toBeLessThan(ROUNDS / 4);
  await greedy;
  expect(done).toBe(ROUNDS);
});
