import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { type CompletionListener, Descriptor, type Operation } from "@bascule/core";
import {
  addressOf,
  addInotifyWatch,
  AT_FDCWD,
  blockingPool,
  closeDescriptor,
  createInotify,
  createPipe,
  ECANCELED,
  EEXIST,
  errnoName,
  IN_CREATE,
  INLINE_BYTES_MAX,
  mkdirAt,
  read,
  readAt,
} from "@bascule/sys";
import {
  callWith,
  descriptorsFallTo,
  isReadAtOnce,
  memoryOf,
  must,
  openDescriptorCount,
  openDescriptors,
  openedSince,
  Recorder,
  writeText,
} from "@bascule/test-support";
import { EpollDriver } from "./index.ts";
import { becomesReadable, Bench } from "../test/harness.ts";

const THREADS = 4;
const JOB_RUNNING = 2;

/** A folder with a file of 1 MiB in it. */
class Folder implements Disposable {
  readonly path: string = mkdtempSync(`${tmpdir()}/bascule-epoll-`);
  readonly file: string = `${this.path}/file`;

  constructor() {
    writeFileSync(this.file, Buffer.alloc(1 << 20, "a"));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** Starts a call that only a thread makes; it fails, since there is a root already. */
function startCall(driver: EpollDriver, listener: CompletionListener): Operation {
  const operation = driver.ledger.prepare(mkdirAt, null, listener);
  operation.fd = AT_FDCWD;
  operation.root = memoryOf("/\0");
  operation.address = addressOf(operation.root as ArrayBuffer);
  driver.ledger.submit(operation);
  return operation;
}

/** Reads one byte of a pipe with a call that waits in a thread. */
function startWaiting(
  driver: EpollDriver,
  from: Descriptor,
  listener: CompletionListener,
): Operation {
  const operation = driver.ledger.prepare(readAt, from, listener);
  operation.root = new ArrayBuffer(1);
  operation.address = addressOf(operation.root as ArrayBuffer);
  operation.length = 1;
  operation.offset = -1;
  driver.ledger.submit(operation);
  return operation;
}

function blockingPipe(bench: Bench): { from: Descriptor; to: number } {
  const pipe = createPipe(0);
  if (typeof pipe === "number") throw new Error(errnoName(pipe));
  return { from: bench.own(pipe.first), to: bench.keep(pipe.second) };
}

// Threads have descriptors of their own, so they are all there before a test counts its own.
let keeper: EpollDriver;
let descriptorsBefore = 0;

beforeAll(() => {
  descriptorsBefore = openDescriptorCount();
  keeper = new EpollDriver();
  const pipe = createPipe(0);
  if (typeof pipe === "number") throw new Error(errnoName(pipe));
  const done = new Recorder(keeper);
  for (let thread = 0; thread < THREADS; thread++) {
    startWaiting(keeper, new Descriptor(pipe.first), done);
  }
  keeper.turn(0);
  while (runningCalls() < THREADS) Bun.sleepSync(1);
  writeText(pipe.second, "abcd");
  while (done.finals < THREADS) keeper.turn(100);
  closeDescriptor(pipe.first);
  closeDescriptor(pipe.second);
});

afterAll(async () => {
  keeper.destroy({ leak: false });
  await descriptorsFallTo(descriptorsBefore);
});

function runningCalls(): number {
  return blockingPool().shared.states.filter((state) => state === JOB_RUNNING).length;
}

test("a read from memory completes in the next turn, without a thread", () => {
  using folder = new Folder();
  using bench = new Bench();
  if (!isReadAtOnce(folder.file)) return;
  const file = bench.own(openSync(folder.file, "r"));
  const { jobs } = blockingPool();
  const done = new Recorder(bench.driver);
  bench.submit(readAt, file, done, new ArrayBuffer(4096));
  expect(bench.driver.turn(0)).toBe(1);
  expect(done.results).toEqual([4096]);
  expect(blockingPool().jobs).toBe(jobs);
});

test("a large read is a thread's, and its end wakes a turn that waits", () => {
  using folder = new Folder();
  using bench = new Bench();
  const file = bench.own(openSync(folder.file, "r"));
  const done = new Recorder(bench.driver);
  bench.submit(readAt, file, done, new ArrayBuffer(INLINE_BYTES_MAX + 1));
  bench.turnUntil(() => done.finals === 1);
  expect(done.results).toEqual([INLINE_BYTES_MAX + 1]);
});

test("thousands of reads are spread over turns, in their order", () => {
  using folder = new Folder();
  using bench = new Bench();
  if (!isReadAtOnce(folder.file)) return;
  const file = bench.own(openSync(folder.file, "r"));
  const order: number[] = [];
  const operations: Operation[] = [];
  const listener = { onCompletion: (each: Operation) => order.push(operations.indexOf(each)) };
  for (let count = 0; count < 1000; count++) {
    operations.push(bench.submit(readAt, file, listener, new ArrayBuffer(4096)));
  }
  const first = bench.driver.turn(0);
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThanOrEqual(128);
  bench.turnUntil(() => order.length === 1000);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

test("a call cancelled in line ends with ECANCELED; one that runs ends with its own result", () => {
  using bench = new Bench();
  const { from, to } = blockingPipe(bench);
  const waiting = new Recorder(bench.driver);
  const running = Array.from({ length: THREADS }, () => startWaiting(bench.driver, from, waiting));
  const before = new Recorder(bench.driver);
  bench.driver.turn(0);
  bench.turnUntil(() => runningCalls() === THREADS);
  const queued = startCall(bench.driver, before);
  const untouched = startCall(bench.driver, before);
  bench.driver.turn(0);
  bench.driver.ledger.cancel(queued);
  for (const operation of running) bench.driver.ledger.cancel(operation);
  bench.turnUntil(() => before.finals === 1);
  expect(before.results).toEqual([-ECANCELED]);
  expect(waiting.finals).toBe(0);
  writeText(to, "abcd");
  bench.turnUntil(() => waiting.finals === THREADS && before.finals === 2);
  expect(waiting.results).toEqual([1, 1, 1, 1]);
  expect(before.results[1]).toBe(-EEXIST);
  expect(untouched.state).toBe(0);
});

test("a descriptor stays open for as long as a thread works on it", () => {
  using bench = new Bench();
  const { from, to } = blockingPipe(bench);
  const waiting = new Recorder(bench.driver);
  startWaiting(bench.driver, from, waiting);
  bench.driver.turn(0);
  bench.turnUntil(() => runningCalls() === 1);
  bench.driver.ledger.close(from);
  bench.driver.turn(0);
  expect(from.closed).toBe(false);
  writeText(to, "x");
  bench.turnUntil(() => from.closed);
  expect(waiting.results).toEqual([1]);
});

test("a call that ends while the host sleeps wakes it", () => {
  using bench = new Bench();
  const done = new Recorder(bench.driver);
  startCall(bench.driver, done);
  bench.driver.turn(0);
  if (bench.driver.park(Infinity)) {
    expect(becomesReadable(bench.driver.hostFd, 5000)).toBe(true);
    bench.driver.awake();
  }
  bench.turnUntil(() => done.finals === 1);
  expect(done.results).toEqual([-EEXIST]);
});

test("an inotify descriptor is read when something happened, and its read can be cancelled", () => {
  using folder = new Folder();
  using bench = new Bench();
  const watch = bench.own(createInotify());
  const path = memoryOf(`${folder.path}\0`);
  must(callWith(path, (address) => addInotifyWatch(watch.fd, address, IN_CREATE)));
  const told = new Recorder(bench.driver);
  bench.submit(read, watch, told, new ArrayBuffer(512));
  bench.settle();
  expect(told.finals).toBe(0);
  writeFileSync(`${folder.path}/new`, "");
  bench.turnUntil(() => told.finals === 1);
  expect(told.results[0]).toBeGreaterThan(16);
  const again = new Recorder(bench.driver);
  bench.driver.ledger.cancel(bench.submit(read, watch, again, new ArrayBuffer(512)));
  bench.turnUntil(() => again.finals === 1);
  expect(again.results).toEqual([-ECANCELED]);
});

test("a driver destroyed with a call running is not told of its end", () => {
  using bench = new Bench();
  const { from, to } = blockingPipe(bench);
  const leaking = new EpollDriver();
  const forgotten = new Recorder(leaking);
  startWaiting(leaking, new Descriptor(from.fd), forgotten);
  leaking.turn(0);
  bench.turnUntil(() => runningCalls() === 1);
  leaking.destroy({ leak: true });
  // Sockets get the numbers that the driver had; nobody may write to them.
  const pairs = Array.from({ length: 4 }, () => bench.pair());
  const received = new Recorder(bench.driver);
  for (const { ours } of pairs) bench.receive(ours, received);
  writeText(to, "x");
  // Another driver finds the call over, and that nobody wants it.
  while (runningCalls() > 0) keeper.turn(1);
  bench.settle();
  expect(forgotten.finals).toBe(0);
  expect(received.text).toBe("");
});

test("a thousand drivers, each with a call, use a few threads and leave no descriptor", () => {
  const before = openDescriptors();
  for (let cycle = 0; cycle < 1000; cycle++) {
    using bench = new Bench({ receiveBuffers: 16, receiveBufferBytes: 4096 });
    const done = new Recorder(bench.driver);
    startCall(bench.driver, done);
    bench.turnUntil(() => done.finals === 1);
    expect(done.results).toEqual([-EEXIST]);
  }
  expect(openedSince(before)).toEqual([]);
  // As many may be about to end.
  expect(blockingPool().threads).toBeLessThanOrEqual(2 * THREADS);
});
