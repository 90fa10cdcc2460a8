import { expect, test } from "bun:test";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { openDescriptors, openedSince } from "../test/descriptors.ts";
import { nameOf, Resources } from "../test/sockets.ts";
import { createEventfd, drainCounter, signalEventfd } from "./eventfd.ts";
import { OWNER_TURN, STOPPED, WORKER_TURN } from "./watch-protocol.ts";
import { watchWithThread } from "./watch-with-thread.ts";

const MODULE = new URL("./index.ts", import.meta.url).href;

async function runChild(script: string): Promise<string> {
  const source = `const sys = await import(${JSON.stringify(MODULE)});\n${script}`;
  const child = Bun.spawn([process.execPath, "-e", source], { timeout: 20_000, stderr: "inherit" });
  const output = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return output.trim();
}

test("every signal is told, one after the other", async () => {
  using resources = new Resources();
  const fd = resources.descriptor(createEventfd());
  const done = Promise.withResolvers<void>();
  let seen = 0;
  const watch = watchWithThread(fd, () => {
    expect(drainCounter(fd)).toBe(8);
    seen += 1;
    if (seen === 100) done.resolve();
    else signalEventfd(fd);
  });
  signalEventfd(fd);
  await done.promise;
  watch.close();
  expect(seen).toBe(100);
});

test("a callback that throws is told again, since the descriptor is still readable", async () => {
  const output = await runChild(`
    const fd = sys.createEventfd();
    let calls = 0;
    process.on("uncaughtException", (error) => console.log(error.message));
    const watch = sys.watchWithThread(fd, () => {
      calls += 1;
      if (calls === 1) throw new Error("once");
      sys.drainCounter(fd);
      watch.close();
      console.log(calls);
    });
    sys.signalEventfd(fd);`);
  expect(output).toBe("once\n2");
});

test("a notification of an earlier turn does not end the thread", async () => {
  using resources = new Resources();
  const [watchedFd, stopFd] = [createEventfd(), createEventfd()].map((fd) =>
    resources.descriptor(fd),
  ) as [number, number];
  const turns = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { watchedFd, stopFd, turns };
  const worker = new Worker(new URL("./watch-worker.ts", import.meta.url), { workerData });
  let isOver = false;
  const exited = once(worker, "exit").then(() => (isOver = true));
  /** Notifies the thread when it waits for its turn. */
  const notify = async (): Promise<void> => {
    while (!isOver && Atomics.notify(turns, 0) === 0) await new Promise(setImmediate);
  };
  for (let turn = 0; turn < 3; turn++) {
    const told = Promise.race([once(worker, "message"), exited]);
    signalEventfd(watchedFd);
    expect(await told).toEqual([null]);
    expect(Atomics.load(turns, 0)).toBe(OWNER_TURN);
    // Twice: once it has been woken in vain it waits again.
    await notify();
    await notify();
    expect(isOver).toBe(false);
    drainCounter(watchedFd);
    Atomics.store(turns, 0, WORKER_TURN);
    Atomics.notify(turns, 0);
  }
  Atomics.store(turns, 0, STOPPED);
  signalEventfd(stopFd);
  await exited;
});

test("closing ends the thread, gives its descriptors back and tells nothing more", async () => {
  const output = await runChild(`
    const { readdirSync } = require("node:fs");
    const fd = sys.createEventfd();
    const before = readdirSync("/proc/self/fd").length;
    let calls = 0;
    const watch = sys.watchWithThread(fd, () => { calls += 1; });
    watch.close();
    watch.close();
    sys.signalEventfd(fd);
    process.on("exit", () => {
      console.log(readdirSync("/proc/self/fd").length <= before, calls);
    });`);
  expect(output).toBe("true 0");
});

test("an unreferenced watch lets the process exit; a referenced one keeps it", async () => {
  const output = await runChild(`
    const fd = sys.createEventfd();
    const watch = sys.watchWithThread(fd, () => {
      sys.drainCounter(fd);
      console.log("told");
      watch.unref();
    });
    watch.unref();
    watch.ref();
    setTimeout(() => sys.signalEventfd(fd), 1).unref();
    process.on("exit", () => console.log("exit"));`);
  expect(output).toBe("told\nexit");
});

test("a descriptor that is not open is refused and leaks nothing", () => {
  const before = openDescriptors();
  expect(() => watchWithThread(-1, () => {})).toThrow("EBADF: bad file descriptor, fcntl");
  expect(openedSince(before)).toEqual([]);
  expect(nameOf(drainCounter(-1))).toBe("EBADF");
});
