import { expect, test } from "bun:test";
import { Runtime, sleep, spawn } from "@bascule/core";
import { Barrier } from "./barrier.ts";
import { broadcast } from "./broadcast.ts";
import { channel } from "./channel.ts";
import { Mutex } from "./mutex.ts";
import { Notify } from "./notify.ts";
import { oneshot } from "./oneshot.ts";
import { RwLock } from "./rw-lock.ts";
import { Semaphore } from "./semaphore.ts";
import { watch } from "./watch.ts";

test("a snapshot names what a task waits for", async () => {
  const [sender, receiver] = channel<number>(1);
  const [full] = channel<number>(1);
  full.trySend(1);
  const mutex = new Mutex(0);
  using _held = await mutex.lock();
  const readers = new RwLock(0);
  using _written = await readers.write();
  const writers = new RwLock(0);
  using _read = await writers.read();
  const waits: [string, () => unknown][] = [
    ["message of a channel", () => receiver.recv()],
    ["room in a channel", () => full.send(2)],
    ["mutex", () => mutex.lock()],
    ["read lock", () => readers.read()],
    ["write lock", () => writers.write()],
    ["semaphore", () => new Semaphore(0).acquire()],
    ["notification", () => new Notify().notified()],
    ["barrier", () => new Barrier(2).wait()],
    ["oneshot", () => oneshot<number>()[1]],
    ["message of a broadcast", () => broadcast<number>(1).subscribe().recv()],
    ["change of a watched value", () => watch(0).subscribe().changed()],
  ];
  const tasks = waits.map(([name, work]) => spawn(async () => void (await work()), { name }));
  await sleep(1);
  const snapshots = Runtime.current().snapshot().tasks;
  for (const [name] of waits) {
    expect(snapshots.find((task) => task.name === name)?.waits.map(({ on }) => on)).toEqual([name]);
  }
  for (const task of tasks) await task[Symbol.asyncDispose]();
  sender.close();
});
