import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { Runtime, RuntimeClosedError } from "@bascule/core";
import { eventually, TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/outcome.ts";
import { copyFile } from "./copy-file.ts";
import { open } from "./open.ts";
import { appendFile, writeFile } from "./write-file.ts";

/** What a reader gets who opens the FIFO as anybody does: his open(2) waits for a writer. */
async function readWithCat(path: string): Promise<string> {
  const cat = Bun.spawn(["cat", path], { stdin: "ignore" });
  const text = await cat.stdout.text();
  await cat.exited;
  return text;
}

/** Until a writer has found nobody who reads. */
async function untilSomebodyWaits(): Promise<void> {
  const runtime = Runtime.current();
  expect(await eventually(() => runtime.metrics().timers.armed > 0, 5000)).toBe(true);
}

describe("a FIFO is written once somebody reads it", () => {
  const writes: readonly [string, (path: string, folder: TemporaryFolder) => Promise<void>][] = [
    ["writeFile", (path) => writeFile(path, "hi")],
    ["appendFile", (path) => appendFile(path, "hi")],
    ["copyFile", (path, folder) => copyFile(folder.at("source"), path)],
    [
      "open",
      async (path) => {
        await using file = await open(path, "w");
        await file.write("hi");
      },
    ],
  ];

  test.each(writes)("%s, and the reader comes later", async (_name, write) => {
    using folder = new TemporaryFolder();
    const path = folder.fifo("fifo");
    writeFileSync(folder.at("source"), "hi");
    const writing = write(path, folder);
    await untilSomebodyWaits();
    expect(await readWithCat(path)).toBe("hi");
    await writing;
  });

  test.each(writes)("%s, and the reader was there first", async (_name, write) => {
    using folder = new TemporaryFolder();
    const path = folder.fifo("fifo");
    writeFileSync(folder.at("source"), "hi");
    const reading = readWithCat(path);
    await write(path, folder);
    expect(await reading).toBe("hi");
  });
});

test("an aborted wait for a reader opens nothing, and wakes nobody else who waits", async () => {
  using folder = new TemporaryFolder();
  const path = folder.fifo("fifo");
  const controller = new AbortController();
  const reason = new Error("enough");
  const opening = failureOf(open(path, "w", 0o666, { signal: controller.signal }));
  const other = Bun.spawn(["sh", "-c", 'echo other > "$1"', "sh", path]);
  await untilSomebodyWaits();
  controller.abort(reason);
  expect(await opening).toBe(reason as never);
  expect(other.exitCode).toBe(null);
  expect(await readWithCat(path)).toBe("other\n");
  expect(await other.exited).toBe(0);
});

test("a shutdown ends the wait for a reader", async () => {
  using folder = new TemporaryFolder();
  const path = folder.fifo("fifo");
  const writing = failureOf(writeFile(path, "hi"));
  await untilSomebodyWaits();
  const runtime = Runtime.current();
  await runtime.shutdown();
  expect(await writing).toBeInstanceOf(RuntimeClosedError);
  expect(runtime.driver.ledger.inFlight).toBe(0);
});
