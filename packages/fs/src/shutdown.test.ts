import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Runtime, RuntimeClosedError, yieldNow } from "@bascule/core";
import { TemporaryFolder } from "@bascule/test-support";
import { copyFile } from "./copy-file.ts";
import { FileClosedError } from "./errors.ts";
import type { File } from "./file.ts";
import { mkdir } from "./mkdir.ts";
import { open } from "./open.ts";
import { readdir } from "./readdir.ts";
import { readFile } from "./read-file.ts";
import { rm } from "./rm.ts";
import { stat } from "./stat.ts";
import { watch } from "./watch.ts";
import { writeFile } from "./write-file.ts";

const LARGE_BYTES = 32 << 20;
/** A busy disk may take longer to sync than a shutdown waits by default. */
const PATIENT = { deadlineMs: 25_000 };

/** How a call ended: with its result, or told of the shutdown. Anything else fails the test. */
async function outcomeOf(promise: Promise<unknown>): Promise<"result" | "shutdown"> {
  try {
    await promise;
    return "result";
  } catch (error) {
    const isTold = error instanceof RuntimeClosedError || error instanceof FileClosedError;
    if (isTold) return "shutdown";
    throw error;
  }
}

/** A FIFO that is open for reading, with nobody who writes. */
async function openFifo(folder: TemporaryFolder): Promise<File> {
  return await open(folder.fifo("fifo"));
}

const warnings: string[] = [];

function noteWarning({ name, message }: Error): void {
  if (name === "BasculeLeakWarning") warnings.push(message);
}

beforeEach(() => {
  process.on("warning", noteWarning);
});

/** Memory that a shutdown gave up on is told in a warning, which comes a little later. */
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", noteWarning);
  expect(warnings.splice(0)).toEqual([]);
});

describe("a shutdown with calls under way ends each of them", () => {
  // Each is begun and not waited for; some are with the kernel or a thread when it starts.
  const calls: readonly [string, (folder: TemporaryFolder) => Promise<unknown>][] = [
    ["reading a large file", (folder) => readFile(folder.at("large"))],
    ["writing one", (folder) => writeFile(folder.at("new"), new Uint8Array(LARGE_BYTES))],
    ["copying one", (folder) => copyFile(folder.at("large"), folder.at("copy"))],
    ["opening", (folder) => open(folder.at("large"))],
    ["opening a FIFO that nobody reads", (folder) => open(folder.at("pipe"), "w")],
    ["looking", (folder) => stat(folder.at("large"))],
    ["making directories", (folder) => mkdir(folder.at("a/b/c/d/e"), { recursive: true })],
    ["listing them", (folder) => readdir(folder.at("tree"), { recursive: true })],
    ["removing them", (folder) => rm(folder.at("tree"), { recursive: true })],
    ["watching", (folder) => watch(folder.path).next()],
  ];

  test.each(calls)("%s", async (_name, begin) => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("large"), new Uint8Array(LARGE_BYTES));
    folder.fifo("pipe");
    await mkdir(folder.at("tree/1/2/3/4"), { recursive: true });
    const runtime = Runtime.current();
    const inTask = runtime.spawn(() => begin(folder));
    const outside = begin(folder);
    await yieldNow();
    const outcomes = [outcomeOf(Promise.resolve(inTask)), outcomeOf(outside)];
    await runtime.shutdown(PATIENT);
    await Promise.all(outcomes);
    expect(runtime.driver.ledger.inFlight).toBe(0);
    expect(runtime.metrics().sendBlocksTaken).toBe(0);
    // The runtime that comes after it works.
    const next = Runtime.current();
    expect((await stat(folder.path)).isDirectory()).toBe(true);
    await next.shutdown();
  });
});

test("reads and writes of one file end, and its descriptor is closed", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("large"), new Uint8Array(LARGE_BYTES));
  const file = await open(folder.at("large"), "r+");
  const moved = new ArrayBuffer(LARGE_BYTES);
  const reclaimed: ArrayBuffer[] = [];
  const outcomes = [
    outcomeOf(file.read({ length: LARGE_BYTES, at: 0 })),
    outcomeOf(file.write(new Uint8Array(LARGE_BYTES).fill(1), { at: 0 })),
    outcomeOf(file.readInto(moved, { at: 0, reclaim: (buffer) => reclaimed.push(buffer) })),
    outcomeOf(file.sync()),
    outcomeOf(file.close()),
  ];
  await yieldNow();
  await Runtime.current().shutdown(PATIENT);
  const [, , reading] = await Promise.all(outcomes);
  expect(reclaimed.length).toBe(reading === "shutdown" ? 1 : 0);
  expect(file.isClosed).toBe(true);
  expect(file.fd).toBe(-1);
});

test("a read that waits for a FIFO ends, in a task and outside", async () => {
  using folder = new TemporaryFolder();
  const fifo = await openFifo(folder);
  const waiting = Runtime.current().spawn(() => fifo.read({ length: 10 }));
  const behind = fifo.read({ length: 10 });
  const outcomes = [outcomeOf(Promise.resolve(waiting)), outcomeOf(behind)];
  await yieldNow();
  await Runtime.current().shutdown(PATIENT);
  expect(await Promise.all(outcomes)).toEqual(["shutdown", "shutdown"]);
  expect(fifo.isClosed).toBe(true);
});

test("an atomic write leaves the old content or the new, and no temporary file", async () => {
  using folder = new TemporaryFolder();
  const path = folder.at("file");
  writeFileSync(path, "old");
  const content = new Uint8Array(LARGE_BYTES).fill(2);
  const writing = Runtime.current().spawn(() => writeFile(path, content, { atomic: true }));
  const outcome = outcomeOf(Promise.resolve(writing));
  await yieldNow();
  await yieldNow();
  await Runtime.current().shutdown(PATIENT);
  await outcome;
  expect(readdirSync(folder.path)).toEqual(["file"]);
  expect([3, LARGE_BYTES]).toContain(readFileSync(path).byteLength);
});

test("hundreds of calls at once end, and nothing is called twice", async () => {
  using folder = new TemporaryFolder();
  let ends = 0;
  const outcomes = Array.from({ length: 400 }, async (_, index) => {
    const path = folder.at(String(index % 40));
    const work = index % 2 === 0 ? writeFile(path, "x".repeat(5000)) : readFile(path);
    try {
      await outcomeOf(work);
    } catch (error) {
      expect((error as { code?: string }).code).toBe("ENOENT");
    }
    ends++;
  });
  await yieldNow();
  await Runtime.current().shutdown(PATIENT);
  await Promise.all(outcomes);
  expect(ends).toBe(400);
});
