import { describe, expect, test } from "bun:test";
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { Runtime, spawn, suspend, timeout, yieldNow } from "@bascule/core";
import { TemporaryFolder } from "@bascule/test-support";
import fc from "fast-check";
import { failureOf } from "../test/outcome.ts";
import { copyFile } from "./copy-file.ts";
import { open } from "./open.ts";
import { readFile } from "./read-file.ts";
import { rm } from "./rm.ts";
import { writeFile } from "./write-file.ts";

describe("an abort", () => {
  test("that came before rejects with its reason, and nothing happens", async () => {
    using folder = new TemporaryFolder();
    const reason = new Error("too late");
    const signal = AbortSignal.abort(reason);
    expect(await failureOf(writeFile(folder.at("a"), "x", { signal }))).toBe(reason as never);
    expect(await failureOf(writeFile(folder.at("a"), "x", { signal, atomic: true }))).toBe(
      reason as never,
    );
    expect(await failureOf(readFile(import.meta.path, { signal }))).toBe(reason as never);
    expect(await failureOf(open(import.meta.path, "r", 0, { signal }))).toBe(reason as never);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("for an error of the system is no answer about the file itself", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("kept");
    writeFileSync(path, "x");
    const reason = await failureOf(readFile(folder.at("missing")));
    const signal = AbortSignal.abort(reason);
    const to = folder.at("copy");
    const calls = [
      () => rm(path, { force: true, signal }),
      () => rm(path, { force: true, recursive: true, signal }),
      () => copyFile(path, to, { signal }),
    ];
    for (const call of calls) expect(await failureOf(call())).toBe(reason as never);
    const task = spawn(async () => {
      await failureOf(suspend(() => undefined));
      await rm(path, { force: true });
    });
    await yieldNow();
    task.abort(reason);
    expect(await failureOf(Promise.resolve(task))).toBe(reason as never);
    expect(readdirSync(folder.path)).toEqual(["kept"]);
    const nothing = rm(path, { force: true, signal: AbortSignal.abort(null) });
    expect(await failureOf(nothing)).toBe(null as never);
  });

  test("of a read without a position leaves the bytes for the next one", async () => {
    using folder = new TemporaryFolder();
    const content = Uint8Array.from({ length: 9_000_000 }, (_, index) => (index * 7) % 251);
    writeFileSync(folder.at("a"), content);
    await using file = await open(folder.at("a"));
    const parts: Uint8Array[] = [];
    let aborts = 0;
    for (let round = 0; ; round++) {
      const controller = new AbortController();
      const reading = file.read({ length: 2_500_000, signal: controller.signal });
      if (round % 3 !== 0) queueMicrotask(() => controller.abort());
      try {
        const bytes = await reading;
        if (bytes.byteLength === 0) break;
        parts.push(bytes);
      } catch (error) {
        expect((error as Error).name).toBe("AbortError");
        aborts++;
      }
    }
    expect(aborts).toBeGreaterThan(0);
    expect(Bun.hash(Buffer.concat(parts))).toBe(Bun.hash(content));
  });

  test("hands a moved buffer back, and says how much was written", async () => {
    using folder = new TemporaryFolder();
    await using file = await open(folder.at("a"), "w+");
    const controller = new AbortController();
    const { signal } = controller;
    const returned: ArrayBuffer[] = [];
    const reclaim = (buffer: ArrayBuffer): void => void returned.push(buffer);
    controller.abort();
    const error = await failureOf(file.writeFrom(new ArrayBuffer(3_000_000), { signal, reclaim }));
    expect(error).toMatchObject({ name: "AbortError" });
    await failureOf(file.readInto(new ArrayBuffer(10), { signal, reclaim }));
    expect(returned.map((buffer) => buffer.byteLength)).toEqual([3_000_000, 10]);
  });

  test("at any point leaves no descriptor, no temporary file and no lost buffer", async () => {
    using folder = new TemporaryFolder();
    const content = new Uint8Array(400_000).fill(7);
    const path = folder.at("target");
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("atomic", "plain", "read", "copy", "buffer"),
        fc.nat(12),
        async (what, turns) => {
          writeFileSync(path, "old");
          const controller = new AbortController();
          const { signal } = controller;
          let reclaimed = 0;
          const work = async (): Promise<unknown> => {
            if (what === "atomic") return await writeFile(path, content, { signal, atomic: true });
            if (what === "plain") return await writeFile(path, content, { signal });
            if (what === "read") return await readFile(path, { signal });
            if (what === "copy") return await copyFile(path, folder.at("copy"), { signal });
            await using file = await open(path, "r+", 0, { signal });
            const reclaim = (): void => void reclaimed++;
            return await file.writeFrom(new ArrayBuffer(400_000), { signal, reclaim });
          };
          const done = work().then(
            () => "done",
            (error: unknown) => (error as Error).name,
          );
          for (let turn = 0; turn < turns; turn++) {
            await new Promise((resolve) => setImmediate(resolve));
          }
          controller.abort();
          expect(["done", "AbortError"]).toContain(await done);
          expect(reclaimed).toBeLessThanOrEqual(1);
          const names = readdirSync(folder.path);
          expect(names.filter((name) => name !== "target" && name !== "copy")).toEqual([]);
          if (what === "atomic") expect([3, 400_000]).toContain(readFileSync(path).byteLength);
          expect(Runtime.current().metrics().sendBlocksTaken).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("of a task ends its file work as well, and clean-up still runs", async () => {
    using folder = new TemporaryFolder();
    const task = spawn(() => writeFile(folder.at("b"), eachForever(), { atomic: true }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    task.abort(new Error("enough"));
    expect(await failureOf(task)).toMatchObject({ message: "enough" });
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

async function* eachForever(): AsyncGenerator<string, void, undefined> {
  for (;;) yield "more\n";
}

describe("a FIFO", () => {
  test("makes a reader wait without a thread, and an abort loses nothing", async () => {
    using folder = new TemporaryFolder();
    const fifo = folder.fifo("fifo");
    await using file = await open(fifo);
    const late = await failureOf(timeout(5, (signal) => file.read({ length: 10, signal })));
    expect(late["name"]).toBe("TimeoutError");
    const writer = openSync(fifo, "w");
    const reading = file.read({ length: 10 });
    writeSync(writer, "abc");
    expect(Buffer.from(await reading).toString()).toBe("abc");
    closeSync(writer);
    expect((await file.read({ length: 10 })).byteLength).toBe(0);
  });

  test("keeps the beginning of a line whose reader is aborted", async () => {
    using folder = new TemporaryFolder();
    const fifo = folder.fifo("fifo");
    const writer = openSync(fifo, "r+");
    await using file = await open(fifo);
    const controller = new AbortController();
    const { signal } = controller;
    const lines = file.lines({ signal })[Symbol.asyncIterator]();
    const first = lines.next();
    writeSync(writer, "first\npartial");
    expect((await first).value).toBe("first");
    const second = failureOf(lines.next());
    controller.abort(new Error("enough"));
    expect(await second).toMatchObject({ message: "enough" });
    writeSync(writer, "-rest\n");
    closeSync(writer);
    expect(await Array.fromAsync(file.lines())).toEqual(["partial-rest"]);
  });

  test("loses nothing to a stream that is cancelled while it waits", async () => {
    using folder = new TemporaryFolder();
    const fifo = folder.fifo("fifo");
    const writer = openSync(fifo, "r+");
    await using file = await open(fifo);
    for (const turns of [0, 1, 2, 3, 4, 5]) {
      const reader = file.readable.getReader();
      const reading = reader.read();
      if (turns > 0) writeSync(writer, "early");
      for (let turn = 1; turn < turns; turn++) await Promise.resolve();
      await reader.cancel();
      const { done, value } = await reading;
      if (turns === 0) writeSync(writer, "later");
      const rest = done ? await file.read({ length: 100 }) : value;
      expect(Buffer.from(rest ?? []).toString()).toBe(turns === 0 ? "later" : "early");
    }
    closeSync(writer);
  });

  test("that is full lets go of a stream that is aborted", async () => {
    using folder = new TemporaryFolder();
    const fifo = folder.fifo("fifo");
    await using reader = await open(fifo);
    await using file = await open(fifo, "w");
    const writer = file.writable.getWriter();
    const writing = failureOf(writer.write(new Uint8Array(1_000_000)));
    let count = (await reader.read({ length: 1 })).byteLength;
    const reason = new Error("enough");
    await writer.abort(reason);
    const error = await writing;
    expect(error).toBe(reason as never);
    count += (await reader.read({ length: 1_000_000 })).byteLength;
    expect(error["bytesWritten"]).toBe(count);
    expect(file.isClosed).toBe(false);
  });

  test("that is full tells how much of all parts of a whole file went out", async () => {
    using folder = new TemporaryFolder();
    const fifo = folder.fifo("fifo");
    await using reader = await open(fifo);
    await using file = await open(fifo, "w");
    for (const target of [file, fifo]) {
      const controller = new AbortController();
      const { signal } = controller;
      const parts = ["head", new Uint8Array(1_000_000)];
      const writing = failureOf(writeFile(target, parts, { signal }));
      let count = (await reader.read({ length: 5 })).byteLength;
      controller.abort();
      const error = await writing;
      while (count < 5) count += (await reader.read({ length: 5 - count })).byteLength;
      count += (await reader.read({ length: 1_000_000 })).byteLength;
      expect(error).toMatchObject({ name: "AbortError", bytesWritten: count });
    }
  });

  test("can be opened for writing once somebody reads it, or given up", async () => {
    using folder = new TemporaryFolder();
    const path = folder.fifo("fifo");
    const late = await failureOf(timeout(5, (signal) => open(path, "w", 0, { signal })));
    expect(late["name"]).toBe("TimeoutError");
    const opening = open(path, "w");
    const reading = readFile(path, "utf8");
    {
      await using file = await opening;
      await file.write("x".repeat(300_000));
    }
    expect((await reading).length).toBe(300_000);
  });

  test("that is closed while somebody reads it ends the read", async () => {
    using folder = new TemporaryFolder();
    const fifo = folder.fifo("fifo");
    const file = await open(fifo);
    const reading = failureOf(file.read({ length: 10 }));
    const queued = failureOf(file.read({ length: 10 }));
    await file.close();
    expect(await reading).toMatchObject({ name: "FileClosedError", syscall: "read" });
    expect(await queued).toMatchObject({ name: "FileClosedError", syscall: "read" });
  });
});
