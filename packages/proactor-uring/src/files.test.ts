import { afterAll, beforeAll, describe, expect } from "bun:test";
import { mkdtempSync, openSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import type { CompletionListener, Operation, OperationFrame, OperationKind } from "@bascule/core";
import {
  AT_FDCWD,
  AT_REMOVEDIR,
  blockingPool,
  closeDescriptor,
  createInotify,
  createPipe,
  decodeStatus,
  ECANCELED,
  errnoName,
  fallocate,
  fsync,
  linkAt,
  mapMemory,
  mkdirAt,
  O_CREAT,
  O_RDWR,
  openAt,
  read,
  readAt,
  readDirectory,
  renameAt,
  STATX_ALL,
  statAt,
  symlinkAt,
  truncateAt,
  unlinkAt,
  writeAt,
} from "@bascule/sys";
import {
  descriptorsFallTo,
  isReadAtOnce,
  openDescriptorCount,
  Recorder,
  writeText,
} from "@bascule/test-support";
import { FILE_OPCODES, type Feature } from "./features.ts";
import { Bench, openDriver, problem, uringTest, waitReadable } from "../test/harness.ts";
import type { UringDriver } from "./index.ts";

const THREADS = 4;
const LARGE_BYTES = 1 << 20;
const folder: string = mkdtempSync(`${tmpdir()}/bascule-uring-`);
const memory = mapMemory(4 * LARGE_BYTES);
const DATA: number = memory.address + LARGE_BYTES;

// Threads have descriptors of their own, so they are all there before a test counts its own.
let keeper: UringDriver | null = null;
let descriptorsBefore = 0;

beforeAll(() => {
  descriptorsBefore = openDescriptorCount();
  if (problem !== null) return;
  keeper = openDriver({ without: ["read"] });
  const pipe = createPipe(0);
  if (typeof pipe === "number") throw new Error(errnoName(pipe));
  const done = new Recorder(keeper);
  for (let thread = 0; thread < THREADS; thread++) {
    const operation = keeper.ledger.prepare(readAt, null, done);
    Object.assign(operation, { fd: pipe.first, address: DATA, length: 1, offset: -1 });
    keeper.ledger.submit(operation);
  }
  keeper.turn(0);
  while (blockingPool().shared.states.filter((state) => state === 2).length < THREADS) {
    Bun.sleepSync(1);
  }
  writeText(pipe.second, "abcd");
  while (done.finals < THREADS) keeper.turn(100);
  closeDescriptor(pipe.first);
  closeDescriptor(pipe.second);
});

afterAll(async () => {
  keeper?.destroy({ leak: false });
  await descriptorsFallTo(descriptorsBefore);
  rmSync(folder, { recursive: true });
  memory.unmap();
});

/** The address of a path, at one of a few places of the memory. */
function path(name: string, place: number = 0): number {
  memory.bytes.set(Buffer.from(`${folder}/${name}\0`), place * 1024);
  return memory.address + place * 1024;
}

function start(
  bench: Bench,
  kind: OperationKind,
  frame: Partial<OperationFrame>,
  listener: CompletionListener,
): Operation {
  const operation = bench.driver.ledger.prepare(kind, null, listener);
  Object.assign(operation, { fd: AT_FDCWD }, frame);
  bench.driver.ledger.submit(operation);
  return operation;
}

/** Carries an operation out. */
function perform(bench: Bench, kind: OperationKind, frame: Partial<OperationFrame>): number {
  const done = new Recorder(bench.driver);
  start(bench, kind, frame, done);
  bench.turnUntil(() => done.finals === 1);
  return done.results[0] ?? -1;
}

const names: Feature[] = FILE_OPCODES.map(([name]) => name);
const CONFIGURATIONS: readonly (readonly [string, Feature[]])[] = [
  ["everything", []],
  ...names.map((name): [string, Feature[]] => [`no ${name}`, [name]]),
  ["no file operation", names],
];

describe.each(CONFIGURATIONS)("%s", (_title, without) => {
  uringTest("a file's life gives the same results", () => {
    using bench = new Bench({ without });
    const opening = { address: path("file"), flags: O_RDWR | O_CREAT, length: 0o644 };
    const fd = bench.keep(perform(bench, openAt, opening));
    memory.bytes.fill(7, LARGE_BYTES, 3 * LARGE_BYTES);
    expect(perform(bench, writeAt, { fd, address: DATA, length: LARGE_BYTES })).toBe(LARGE_BYTES);
    expect(perform(bench, writeAt, { fd, address: DATA, length: 3, offset: -1 })).toBe(3);
    expect(perform(bench, fsync, { fd })).toBe(0);
    expect(perform(bench, fallocate, { fd, offset: LARGE_BYTES, length: 8192 })).toBe(0);
    expect(perform(bench, truncateAt, { fd, offset: LARGE_BYTES + 4096 })).toBe(0);
    memory.bytes.fill(0, LARGE_BYTES, 3 * LARGE_BYTES);
    const whole = { fd, address: DATA, length: 2 * LARGE_BYTES, offset: 0 };
    expect(perform(bench, readAt, whole)).toBe(LARGE_BYTES + 4096);
    expect(memory.bytes[2 * LARGE_BYTES - 1]).toBe(7);
    expect(perform(bench, readAt, { ...whole, length: 4096, offset: LARGE_BYTES })).toBe(4096);
    const status = { address: path("file"), length: STATX_ALL, offset: DATA };
    expect(perform(bench, statAt, status)).toBe(0);
    expect(decodeStatus(memory.bytes, LARGE_BYTES).size).toBe(LARGE_BYTES + 4096);
    const pair = { length: AT_FDCWD, address: path("file"), offset: path("other", 1) };
    expect(perform(bench, linkAt, pair)).toBe(0);
    expect(
      perform(bench, renameAt, { ...pair, address: path("other", 1), offset: path("x", 2) }),
    ).toBe(0);
    expect(perform(bench, symlinkAt, { address: path("x"), offset: path("y", 1) })).toBe(0);
    expect(perform(bench, mkdirAt, { address: path("new"), length: 0o755 })).toBe(0);
    expect(readdirSync(folder).toSorted()).toEqual(["file", "new", "x", "y"]);
    for (const name of ["file", "x", "y"]) {
      expect(perform(bench, unlinkAt, { address: path(name) })).toBe(0);
    }
    expect(perform(bench, unlinkAt, { address: path("new"), flags: AT_REMOVEDIR })).toBe(0);
    expect(errnoName(perform(bench, openAt, { address: path("file") }))).toBe("ENOENT");
    expect(errnoName(perform(bench, statAt, { ...status, address: path("file") }))).toBe("ENOENT");
  });
});

uringTest("one small cached read takes no ring, and many take it", () => {
  using bench = new Bench();
  writeFileSync(`${folder}/cached`, Buffer.alloc(65536));
  const fd = bench.keep(openSync(`${folder}/cached`, "r"));
  const reading = { fd, address: DATA, length: 4096 };
  bench.settle();
  const { waits } = bench.driver.counters;
  for (let round = 0; round < 10; round++) expect(perform(bench, readAt, reading)).toBe(4096);
  if (isReadAtOnce(`${folder}/cached`)) expect(bench.driver.counters.waits).toBe(waits);
  const done = new Recorder(bench.driver);
  for (let count = 0; count < 300; count++) start(bench, readAt, reading, done);
  bench.turnUntil(() => done.finals === 300);
  expect(done.results.every((result) => result === 4096)).toBe(true);
  expect(bench.driver.counters.waits).toBeGreaterThan(waits);
});

uringTest(
  "what the ring has no operation for is a thread's, and its end wakes a sleeping host",
  () => {
    using bench = new Bench();
    const fd = bench.keep(openSync(folder, "r"));
    const { jobs } = blockingPool();
    const done = new Recorder(bench.driver);
    start(bench, readDirectory, { fd, address: DATA, length: 4096 }, done);
    bench.driver.turn(0);
    expect(blockingPool().jobs).toBe(jobs + 1);
    if (bench.driver.park(Infinity)) {
      waitReadable(bench.driver.hostFd);
      bench.driver.awake();
    }
    bench.turnUntil(() => done.finals === 1);
    expect(done.results[0]).toBeGreaterThan(0);
  },
);

uringTest("a read of what cannot be read yet waits for it, and can be cancelled", () => {
  using bench = new Bench();
  const pipe = createPipe(0);
  if (typeof pipe === "number") throw new Error(errnoName(pipe));
  const [from, to] = [bench.keep(pipe.first), bench.keep(pipe.second)];
  for (const kind of [read, readAt]) {
    const frame = { fd: from, address: DATA, length: 8, offset: -1 };
    const done = new Recorder(bench.driver);
    const cancelled = start(bench, kind, frame, done);
    bench.driver.turn(0);
    expect(done.finals).toBe(0);
    bench.driver.ledger.cancel(cancelled);
    bench.turnUntil(() => done.finals === 1);
    start(bench, kind, frame, done);
    bench.driver.turn(0);
    writeText(to, "abc");
    bench.turnUntil(() => done.finals === 2);
    expect(done.results).toEqual([-ECANCELED, 3]);
  }
  const watch = bench.keep(createInotify());
  const done = new Recorder(bench.driver);
  const waiting = start(bench, read, { fd: watch, address: DATA, length: 512 }, done);
  bench.driver.turn(0);
  bench.driver.ledger.cancel(waiting);
  bench.turnUntil(() => done.finals === 1);
  expect(done.results).toEqual([-ECANCELED]);
});

uringTest("cancels at any moment end every call once, and lose no descriptor", () => {
  using bench = new Bench();
  const fds: number[] = [];
  let finals = 0;
  const listener = {
    onCompletion(_operation: Operation, result: number): void {
      finals++;
      if (result >= 0) fds.push(result);
    },
  };
  for (let round = 0; round < 300; round++) {
    const flags = round % 2 === 0 ? O_RDWR | O_CREAT : 0;
    const frame = { address: path("cancelled"), flags, length: 0o644 };
    const operation = start(bench, openAt, frame, listener);
    if (round % 3 === 0) bench.driver.turn(0);
    const { state, generation } = operation;
    if (round % 5 !== 0 && state === 1 && generation === operation.generation) {
      bench.driver.ledger.cancel(operation);
    }
  }
  bench.turnUntil(() => finals === 300);
  for (const fd of fds) closeDescriptor(fd);
  expect(statSync(`${folder}/cancelled`).size).toBe(0);
});
