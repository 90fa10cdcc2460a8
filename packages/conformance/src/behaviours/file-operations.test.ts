import { afterAll, expect, test } from "bun:test";
import * as nodeFs from "node:fs";
import { blockOn, Descriptor, Runtime, sleep } from "@bascule/core";
import {
  blockingPool,
  createPipe,
  errnoName,
  fsync,
  mapMemory,
  mkdirAt,
  O_DIRECT,
  O_WRONLY,
  openAt,
  read,
  readAt,
  readDirectAt,
  unlinkAt,
  writeAt,
} from "@bascule/sys";
import { TemporaryFolder } from "@bascule/test-support";
import { close, pathMemory, perform } from "../support/file-operation.ts";
import { failureOf } from "../support/failure.ts";
import { runProgram } from "../support/program.ts";
import { runtimeOptions } from "../support/settings.ts";

const FIVE_GIB = 5 * 2 ** 30;

// Made before any test, since Bun keeps descriptors of its own once it has run a command.
const fifos = new TemporaryFolder();
for (const name of ["read", "open"]) fifos.fifo(name);
nodeFs.readdirSync(fifos.path).forEach((name) => nodeFs.statSync(fifos.at(name)));
afterAll(() => fifos[Symbol.dispose]());

function openNode(path: string, flags: string | number): Descriptor {
  return new Descriptor(nodeFs.openSync(path, flags));
}

test("a file is made, written, synced, read back and removed", async () => {
  using folder = new TemporaryFolder();
  const path = pathMemory(folder.at("file"));
  const fd = await perform(openAt, { memory: path, flags: 0o102, length: 0o644 });
  const descriptor = new Descriptor(fd);
  const source = pathMemory("content");
  expect(await perform(writeAt, { descriptor, memory: source, length: 7 })).toBe(7);
  expect(await perform(fsync, { descriptor })).toBe(0);
  const memory = new ArrayBuffer(64);
  expect(await perform(readAt, { descriptor, memory, length: 64, offset: 3 })).toBe(4);
  expect(Buffer.from(memory, 0, 4).toString()).toBe("tent");
  await close(descriptor);
  expect(await perform(unlinkAt, { memory: path })).toBe(0);
  expect(errnoName(await perform(openAt, { memory: path }))).toBe("ENOENT");
});

test("beyond 4 GiB a file reads as it was written", async () => {
  using folder = new TemporaryFolder();
  const descriptor = openNode(folder.at("sparse"), "w+");
  const memory = pathMemory("far away");
  await perform(writeAt, { descriptor, memory, length: 8, offset: FIVE_GIB - 4 });
  const back = new ArrayBuffer(4);
  expect(await perform(readAt, { descriptor, memory: back, length: 4, offset: FIVE_GIB })).toBe(4);
  expect(Buffer.from(back).toString()).toBe("away");
  await close(descriptor);
});

test("large reads, direct reads and thousands of small ones all come back right", async () => {
  using folder = new TemporaryFolder();
  const content = Buffer.alloc(4 << 20);
  for (let at = 0; at < content.length; at += 4096) content.writeUInt32LE(at, at);
  nodeFs.writeFileSync(folder.at("file"), content);
  const descriptor = openNode(folder.at("file"), "r");
  const whole = new ArrayBuffer(content.length);
  const reading = perform(readAt, { descriptor, memory: whole, length: content.length });
  const small = Array.from({ length: 2000 }, async (_, index) => {
    const offset = ((index * 7) % 1024) * 4096;
    const memory = new ArrayBuffer(4096);
    expect(await perform(readAt, { descriptor, memory, length: 4096, offset })).toBe(4096);
    expect(Buffer.from(memory).readUInt32LE(0)).toBe(offset);
  });
  await Promise.all(small);
  expect(await reading).toBe(content.length);
  expect(Buffer.from(whole).equals(content)).toBe(true);
  await close(descriptor);
  const direct = openNode(folder.at("file"), nodeFs.constants.O_RDONLY | O_DIRECT);
  const aligned = mapMemory(65536);
  const frame = { descriptor: direct, memory: aligned.buffer, length: 65536, offset: 65536 };
  expect(await perform(readDirectAt, frame)).toBe(65536);
  expect(aligned.bytes[1]).toBe(content[65537] ?? -1);
  aligned.unmap();
  await close(direct);
});

test("a FIFO's read waits for a writer, and ends when it is aborted", async () => {
  const path = fifos.at("read");
  const flags = nodeFs.constants.O_RDONLY | nodeFs.constants.O_NONBLOCK;
  const descriptor = openNode(path, flags);
  const memory = new ArrayBuffer(16);
  const aborter = new AbortController();
  const frame = { descriptor, memory, length: 16 };
  const aborted = perform(read, frame, { signal: aborter.signal });
  await sleep(1);
  aborter.abort(new Error("enough"));
  expect(await failureOf(aborted)).toEqual(new Error("enough"));
  const reading = perform(read, frame);
  const writer = nodeFs.openSync(path, "w");
  nodeFs.writeSync(writer, "hello");
  expect(await reading).toBe(5);
  nodeFs.closeSync(writer);
  expect(await perform(read, frame)).toBe(0);
  await close(descriptor);
});

test("opening a FIFO that nobody reads waits without stopping anybody else", async () => {
  using folder = new TemporaryFolder();
  const path = fifos.at("open");
  const opening = perform(openAt, { memory: pathMemory(path), flags: O_WRONLY });
  expect(await perform(mkdirAt, { memory: pathMemory(folder.at("new")), length: 0o755 })).toBe(0);
  const reader = nodeFs.openSync(path, nodeFs.constants.O_RDONLY | 0o4000);
  const fd = await opening;
  expect(fd).toBeGreaterThan(2);
  nodeFs.closeSync(fd);
  nodeFs.closeSync(reader);
});

test("aborts at any moment leave nothing open: a late success is given to somebody", async () => {
  using folder = new TemporaryFolder();
  nodeFs.writeFileSync(folder.at("file"), "x");
  let discarded = 0;
  let opened = 0;
  let aborted = 0;
  const discard = (fd: number): void => {
    discarded++;
    nodeFs.closeSync(fd);
  };
  await Promise.all(
    Array.from({ length: 400 }, async (_, index) => {
      const aborter = new AbortController();
      // Creating goes to a thread, opening may be attempted.
      const flags = index % 2 === 0 ? 0o102 : 0;
      const memory = pathMemory(folder.at("file"));
      const frame = { memory, flags, length: 0o600 };
      const opening = perform(openAt, frame, { signal: aborter.signal }, discard);
      if (index % 4 > 1) await sleep(0);
      if (index % 3 !== 0) aborter.abort();
      const outcome = await opening.catch(() => -1);
      if (outcome >= 0) {
        opened++;
        nodeFs.closeSync(outcome);
      } else aborted++;
    }),
  );
  expect(opened + aborted).toBe(400);
  expect(opened).toBeGreaterThanOrEqual(133);
  expect(discarded).toBeLessThanOrEqual(aborted);
});

test("a descriptor is closed only when a thread has let go of it", async () => {
  const pipe = createPipe(0);
  if (typeof pipe === "number") throw new Error(errnoName(pipe));
  const descriptor = new Descriptor(pipe.first);
  const memory = new ArrayBuffer(1);
  const reading = perform(readAt, { descriptor, memory, length: 1, offset: -1 });
  await sleep(5);
  const closing = close(descriptor);
  nodeFs.writeSync(pipe.second, "x");
  // The ring takes its read back; a thread's read comes to its own end.
  expect([1, -125]).toContain(await reading);
  await closing;
  nodeFs.closeSync(pipe.second);
});

test("blockOn waits for threads, too", () => {
  using folder = new TemporaryFolder();
  const made = blockOn(async () => {
    const memory = pathMemory(folder.at("new"));
    return perform(mkdirAt, { memory, length: 0o755 });
  });
  expect(made).toBe(0);
  expect(nodeFs.readdirSync(folder.path)).toEqual(["new"]);
});

test("a timer keeps time while a large file is read again and again", async () => {
  using folder = new TemporaryFolder();
  nodeFs.writeFileSync(folder.at("file"), Buffer.alloc(64 << 20));
  const descriptor = openNode(folder.at("file"), "r");
  const memory = new ArrayBuffer(64 << 20);
  let isReading = true;
  const reads = (async () => {
    for (let round = 0; round < 5; round++) {
      const frame = { descriptor, memory, length: memory.byteLength };
      expect(await perform(readAt, frame)).toBe(memory.byteLength);
    }
    isReading = false;
  })();
  let ticks = 0;
  while (isReading) {
    await sleep(1);
    ticks++;
  }
  await reads;
  expect(ticks).toBeGreaterThanOrEqual(5);
  await close(descriptor);
});

test("a hundred runtimes with calls in threads share a few threads", async () => {
  using folder = new TemporaryFolder();
  const memory = pathMemory(folder.path);
  await Runtime.current().shutdown();
  for (let cycle = 0; cycle < 100; cycle++) {
    const runtime = Runtime.create(runtimeOptions());
    const results = await Promise.all(
      Array.from({ length: 10 }, () => perform(mkdirAt, { memory, length: 0o755 })),
    );
    expect(results.every((result) => errnoName(result) === "EEXIST")).toBe(true);
    await runtime.shutdown();
  }
  // Four at work, and perhaps four that are about to end.
  expect(blockingPool().threads).toBeLessThanOrEqual(8);
}, 20_000);

test("a process ends by itself when its last call is over", async () => {
  const ended = await runProgram("exits", { args: ["fileOperation"] });
  expect(ended).toMatchObject({ exitCode: 0, stdout: "end of main\nthe call ended\n", stderr: "" });
});
