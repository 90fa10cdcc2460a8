import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SINK, type TestCall, ThreadForm, threadsEnd, Workplace } from "../../test/files.ts";
import { frameOf, nameOf, Resources } from "../../test/sockets.ts";
import { createPipe, writeDescriptor } from "../descriptors.ts";
import { drainCounter } from "../eventfd.ts";
import { AT_FDCWD } from "../file-flags.ts";
import { libc, orErrno } from "../libc.ts";
import { mkdirAt } from "../operations/mkdir.ts";
import { poll, POLLIN } from "../operations/poll.ts";
import { readAt } from "../operations/read-at.ts";
import { BlockingCalls } from "./blocking-calls.ts";
import { blockingPool } from "./blocking-pool.ts";
import { IDLE_MS, JOB_RUNNING, JOBS_MAX, PUSHES, THREADS as THREAD_COUNT } from "./shared-jobs.ts";

afterAll(threadsEnd);

const THREADS = 4;
// Ignored when nobody listens, so that one that arrives late does no harm.
const SIGWINCH = 28;
const TGKILL: number = process.arch === "arm64" ? 131 : 234;
const INDEX = new URL("../index.ts", import.meta.url).href;

/** A pipe whose read end makes threads wait. */
function blockingPipe(resources: Resources): { first: number; second: number } {
  return resources.pair(createPipe(0));
}

async function run(script: string): Promise<string> {
  const source = `const sys = await import(${JSON.stringify(INDEX)});${script}`;
  const child = Bun.spawn([process.execPath, "-e", source], { timeout: 20_000, stderr: "inherit" });
  const output = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return output.trim();
}

test("a call's result comes back, with -errno when it fails, and wakes its driver once", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  using threads = new ThreadForm();
  const existing = threads.start(mkdirAt, { fd: AT_FDCWD, address: place.path(""), length: 0o755 });
  expect(nameOf(threads.wait(existing))).toBe("EEXIST");
  // Written after the result is there.
  while (!threads.isWoken);
  expect(drainCounter(threads.wakeFd)).toBe(8);
  expect(
    threads.perform(mkdirAt, { fd: AT_FDCWD, address: place.path("new"), length: 0o755 }),
  ).toBe(0);
});

test("calls that nobody has begun can be taken back; one that runs completes by itself", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  using threads = new ThreadForm();
  const pipe = blockingPipe(resources);
  const reading = { fd: pipe.first, address: place.take(8), length: 1, offset: -1 };
  const running = Array.from({ length: THREADS }, () => threads.start(readAt, reading));
  // A byte that a thread takes shows that the first call runs.
  writeDescriptor(pipe.second, place.memory.address, 1);
  const first = waitForOne(threads, running);
  running.splice(running.indexOf(first), 1, threads.start(readAt, reading));
  const queued = threads.start(mkdirAt, { fd: AT_FDCWD, address: place.path("never"), length: 0 });
  expect(threads.calls.cancel(queued)).toBe(true);
  expect(threads.calls.cancel(queued)).toBe(false);
  for (const call of running) {
    writeDescriptor(pipe.second, place.memory.address, 1);
    if (!threads.calls.cancel(call)) expect(call.result === null || call.result === 1).toBe(true);
    else call.result = 1;
  }
  for (const call of running) expect(threads.wait(call)).toBe(1);
  expect(readdirSync(place.folder)).toEqual([]);
  expect(queued.result).toBeNull();
});

test("more calls than the pool takes wait in line and can be taken back there", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  using threads = new ThreadForm();
  const pipe = blockingPipe(resources);
  const reading = { fd: pipe.first, address: place.take(8), length: 1, offset: -1 };
  const count = JOBS_MAX + 100;
  const calls = Array.from({ length: count }, () => threads.start(readAt, reading));
  const lastCall = calls.length - 1;
  expect(threads.calls.cancel(calls[lastCall]!)).toBe(true);
  for (let index = 0; index < lastCall; index++) {
    writeDescriptor(pipe.second, place.memory.address, 1);
  }
  for (const call of calls.slice(0, lastCall)) expect(threads.wait(call)).toBe(1);
  expect(calls[lastCall]?.result).toBeNull();
  // As many may be about to end.
  expect(blockingPool().threads).toBeLessThanOrEqual(2 * THREADS);
});

test("a call that finds no room, since a thread is held up, waits in line", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  using threads = new ThreadForm();
  const { pending } = blockingPool().shared;
  const frame = { fd: AT_FDCWD, address: place.path("new"), length: 0o755 };
  let refusals = 0;
  pending.push = (job): boolean => {
    refusals++;
    if (refusals > 2) Reflect.deleteProperty(pending, "push");
    return refusals > 2 && pending.push(job);
  };
  const calls = [threads.start(mkdirAt, frame), threads.start(mkdirAt, frame)];
  const results = calls.map((call) => threads.wait(call));
  expect(refusals).toBe(3);
  expect(results.map((result) => (result === 0 ? "made" : nameOf(result)))).toEqual([
    "made",
    "EEXIST",
  ]);
});

/** For programs that run out of descriptors. */
const WITHOUT_DESCRIPTORS = `
  const { openSync, closeSync } = await import("node:fs");
  const results = [];
  const sink = { onCall: (frame, result) => results.push(result) };
  const calls = new sys.BlockingCalls(sys.createEventfd());
  const opened = [];
  function start() {
    const numbers = { fd: -1, address: 0, length: 0, offset: 0, flags: 0, driverState: 0 };
    const frame = { kind: sys.fsync, ...numbers };
    calls.start(frame);
    return frame;
  }
  function reap(count) {
    while (results.length < count) calls.reap(sink);
  }
  function openAll() {
    const { hard } = sys.getResourceLimit(sys.RLIMIT_NOFILE);
    sys.setResourceLimit(sys.RLIMIT_NOFILE, { soft: 64, hard });
    try {
      for (;;) opened.push(openSync("/dev/null", "r"));
    } catch (error) {
      if (error.code !== "EMFILE") throw error;
    }
  }
`;

test("a call that no thread can be started for fails as one without descriptors", async () => {
  const output = await run(`${WITHOUT_DESCRIPTORS}
    openAll();
    for (let spare = 0; spare < 3; spare++) closeSync(opened.pop());
    const cancelled = calls.cancel(start());
    reap(1);
    for (const fd of opened) closeSync(fd);
    start();
    reap(2);
    console.log(cancelled, results.map(sys.errnoName).join());
    process.exit(0);
  `);
  expect(output).toBe("false EMFILE,EBADF");
});

test("in a bundle without the threads' module a call fails, and a warning says why", async () => {
  using resources = new Resources();
  const { folder } = new Workplace(resources);
  const program = join(folder, "program.ts");
  await Bun.write(
    program,
    `import * as sys from ${JSON.stringify(fileURLToPath(INDEX))};
     const calls = new sys.BlockingCalls(sys.createEventfd());
     const numbers = { fd: 1, address: 0, length: 0, offset: 0, flags: 0, driverState: 0 };
     calls.start({ kind: sys.fsync, ...numbers });
     calls.reap({ onCall: (_frame, result) => console.log(sys.errnoName(result)) });`,
  );
  const bundled = await Bun.build({ entrypoints: [program], outdir: folder, target: "bun" });
  const command = [process.execPath, bundled.outputs[0]?.path ?? ""];
  const { stdout, stderr } = Bun.spawnSync(command, { timeout: 20_000 });
  expect(stdout.toString()).toBe("ENOSYS\n");
  expect(stderr.toString()).toContain(
    `No thread can make system calls: "${folder}/blocking-worker.ts" is missing. ` +
      "To mend: bun build --packages external",
  );
});

test("a call whose thread ends just before it, and none can follow, fails as well", async () => {
  const output = await run(`${WITHOUT_DESCRIPTORS}
    start();
    reap(1);
    openAll();
    const { control, pending } = sys.blockingPool().shared;
    const push = pending.push;
    pending.push = (job) => {
      Reflect.deleteProperty(pending, "push");
      Atomics.store(control, ${IDLE_MS}, 1);
      Atomics.add(control, ${PUSHES}, 1);
      Atomics.notify(control, ${PUSHES});
      while (Atomics.load(control, ${THREAD_COUNT}) > 0);
      return push.call(pending, job);
    };
    const cancelled = calls.cancel(start());
    reap(2);
    for (const fd of opened) closeSync(fd);
    start();
    reap(3);
    console.log(cancelled, results.map(sys.errnoName).join());
    process.exit(0);
  `);
  expect(output).toBe("false EBADF,EMFILE,EBADF");
});

test("a signal that interrupts a call does not end it", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  using threads = new ThreadForm();
  const pipe = blockingPipe(resources);
  const ignore = (): void => undefined;
  process.on("SIGWINCH", ignore);
  const reading = { fd: pipe.first, address: place.take(8), length: 1, offset: -1 };
  const call = threads.start(readAt, reading);
  while (!blockingPool().shared.states.includes(JOB_RUNNING)) threads.calls.reap(SINK);
  let interrupted = 0;
  for (const task of readdirSync("/proc/self/task")) {
    if (readFileSync(`/proc/self/task/${task}/comm`, "latin1") !== "Worker\n") continue;
    interrupted++;
    const sent = orErrno(libc().syscall(TGKILL, process.pid, Number(task), SIGWINCH, 0, 0, 0));
    expect(sent).toBe(0);
  }
  expect(interrupted).toBeGreaterThan(0);
  threads.calls.reap(SINK);
  expect(call.result).toBeNull();
  writeDescriptor(pipe.second, place.memory.address, 1);
  expect(threads.wait(call)).toBe(1);
  process.off("SIGWINCH", ignore);
});

test("two drivers share the threads, and each gets its own results whoever looks", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  using one = new ThreadForm();
  using two = new ThreadForm();
  const existing = { fd: AT_FDCWD, address: place.path(""), length: 0o755 };
  const calls = Array.from({ length: 50 }, () => [
    one.start(mkdirAt, existing),
    two.start(mkdirAt, existing),
  ]).flat();
  const deadline = performance.now() + 10_000;
  while (calls.some((call) => call.result === null) && performance.now() < deadline) {
    one.calls.reap(SINK);
    if (two.calls.hasWork) two.calls.reap(SINK);
  }
  expect(calls.every((call) => nameOf(call.result) === "EEXIST")).toBe(true);
});

test("a driver whose calls wait for another's is told when one of those is over", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  using one = new ThreadForm();
  using two = new ThreadForm();
  const pipe = blockingPipe(resources);
  const reading = { fd: pipe.first, address: place.take(8), length: 1, offset: -1 };
  const all = Array.from({ length: JOBS_MAX }, () => one.start(readAt, reading));
  const existing = { fd: AT_FDCWD, address: place.path(""), length: 0o755 };
  const waiting = two.start(mkdirAt, existing);
  // It need not look again and again.
  expect([two.calls.hasWork, two.isWoken]).toEqual([false, false]);
  writeDescriptor(pipe.second, place.memory.address, 1);
  const deadline = performance.now() + 10_000;
  while (!two.isWoken && performance.now() < deadline);
  expect([two.calls.hasWork, two.isWoken]).toEqual([true, true]);
  // Nobody else looks: a driver that waits in the kernel keeps the thread.
  while (all.some((call) => one.calls.cancel(call)));
  for (let count = 0; count < THREADS; count++) {
    writeDescriptor(pipe.second, place.memory.address, 1);
  }
  expect(nameOf(two.wait(waiting))).toBe("EEXIST");
  for (const call of all) if (call.result === null) call.result = 1;
});

test("being told late of a result that was found before does not hide the next result", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  using threads = new ThreadForm();
  const existing = { fd: AT_FDCWD, address: place.path(""), length: 0o755 };
  expect(nameOf(threads.perform(mkdirAt, existing))).toBe("EEXIST");
  const { signalled, wakeFds, signalling } = blockingPool().shared;
  const client = wakeFds.indexOf(threads.wakeFd);
  while (Atomics.load(signalling, client) !== 0);
  // As a thread does that was held up between its result and its signal.
  threads.calls.reap(SINK);
  expect(threads.calls.hasWork).toBe(false);
  Atomics.store(signalled, client, 1);
  expect(threads.calls.hasWork).toBe(true);
  expect(threads.calls.reap(SINK)).toBe(0);
  expect(threads.calls.hasWork).toBe(false);
  expect(Atomics.load(signalled, client)).toBe(0);
});

test("no thread exists before the first call, nor for long after the last driver", async () => {
  const output = await run(`
    const { readdirSync } = require("node:fs");
    const pool = sys.blockingPool();
    const wakeFd = sys.createEventfd();
    const calls = new sys.BlockingCalls(wakeFd);
    const before = pool.threads;
    const fd = require("node:fs").openSync("/proc/self/stat");
    const memory = sys.mapMemory(4096);
    const frame = { fd, address: memory.address, length: 10, offset: 0, flags: 0,
      kind: sys.readAt, driverState: 0 };
    let over = 0;
    calls.start(frame);
    while (over === 0) calls.reap({ onCall() { over++; } });
    const during = pool.threads;
    calls.close();
    while (pool.threads > 0) await new Promise(setImmediate);
    console.log(before, during, pool.threads);`);
  expect(output).toBe("0 1 0");
});

test("a call that never ends keeps no process alive", async () => {
  const output = await run(`
    const pipe = sys.createPipe(0);
    const calls = new sys.BlockingCalls(sys.createEventfd());
    const memory = sys.mapMemory(4096);
    calls.start({ fd: pipe.first, address: memory.address, length: 1, offset: -1, flags: 0,
      kind: sys.readAt, driverState: 0 });
    console.log("exit");`);
  expect(output).toBe("exit");
});

test("a driver that leaves with a call running is not written to any more", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  const pipe = blockingPipe(resources);
  const wake = resources.pair(createPipe());
  const calls = new BlockingCalls<TestCall>(wake.second);
  const frame = frameOf({ fd: pipe.first, address: place.take(8), length: 1, offset: -1 });
  const call: TestCall = { ...frame, kind: readAt, driverState: 0, result: null };
  calls.start(call);
  calls.close();
  writeDescriptor(pipe.second, place.memory.address, 1);
  // Calls of another driver reap what is over, the forgotten call too.
  using threads = new ThreadForm();
  const existing = { fd: AT_FDCWD, address: place.path(""), length: 0o755 };
  const { states } = blockingPool().shared;
  const deadline = performance.now() + 10_000;
  while (states.includes(JOB_RUNNING) || isReadable(pipe.first)) {
    threads.perform(mkdirAt, existing);
    if (performance.now() > deadline) throw new Error("The call does not end");
  }
  expect(call.result).toBeNull();
  expect(isReadable(wake.first)).toBe(false);
});

function isReadable(fd: number): boolean {
  return poll.attempt(frameOf({ fd, flags: POLLIN })) === POLLIN;
}

/** The first of some calls that is over. */
function waitForOne<Call extends { result: number | null }>(form: ThreadForm, calls: Call[]): Call {
  const deadline = performance.now() + 10_000;
  for (;;) {
    form.calls.reap(SINK);
    const over = calls.find((call) => call.result !== null);
    if (over !== undefined) return over;
    if (performance.now() > deadline) throw new Error("No call is over");
  }
}
