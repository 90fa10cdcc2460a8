import { describe, expect, test } from "bun:test";
import { Runtime, spawn, WOULD_BLOCK } from "@bascule/core";
import { TemporaryFolder } from "@bascule/test-support";
import * as node from "node:fs";
import "../test/each-test.ts";
import { OpenFile } from "./open-file.ts";
import { open } from "./open.ts";
import { readFile } from "./read-file.ts";

describe("reading what is in memory", () => {
  test.each([1, 1023, 1024, 4096, 262_144, 262_145, 9_000_000])(
    "gives %p bytes and nothing of the memory behind the end",
    async (byteLength) => {
      using folder = new TemporaryFolder();
      const content = Buffer.alloc(byteLength, "what a file holds, ");
      node.writeFileSync(folder.at("a"), content);
      await using file = await open(folder.at("a"));
      for (const length of [byteLength, byteLength + 1, byteLength + 5000]) {
        for (const at of [0, undefined]) {
          const bytes = await file.read({ length, at });
          const expected = at === 0 || length === byteLength ? content : content.subarray(0, 0);
          expect(Bun.hash(bytes)).toBe(Bun.hash(expected));
          expect(bytes.buffer.byteLength).toBe(expected.byteLength);
        }
      }
      expect((await readFile(folder.at("a"))).buffer.byteLength).toBe(byteLength);
    },
  );

  test("a task that does nothing else lets others run", async () => {
    using folder = new TemporaryFolder();
    node.writeFileSync(folder.at("a"), "content");
    await using file = await open(folder.at("a"));
    let isOver = false;
    let otherTurns = 0;
    const reading = spawn(async () => {
      for (let count = 0; count < 1000; count++) {
        expect((await file.read({ length: 3, at: 2 })).byteLength).toBe(3);
        expect((await readFile(folder.at("a"))).byteLength).toBe(7);
      }
      isOver = true;
    });
    const other = spawn(async () => {
      await using second = await open(folder.at("a"));
      while (!isOver) {
        await second.read({ length: 1, at: 0 });
        otherTurns++;
      }
    });
    await Promise.all([reading, other]);
    expect(otherTurns).toBeGreaterThan(1000);
  });

  test("a few bytes of which only the first are in memory leave the position where it was", () => {
    const { sendPool } = Runtime.current().driver;
    const results = [288, WOULD_BLOCK];
    const moves: number[] = [];
    const system = {
      attempt: () => results.shift() ?? 0,
      movePosition: (_fd: number, byteCount: number) => moves.push(byteCount),
    };
    const file = new OpenFile({ driver: { sendPool, system } } as never, 0, 0);
    expect(file.readSmallNow(500, -1)).toBeNull();
    expect(moves).toEqual([-288]);
    results.push(288, WOULD_BLOCK);
    expect(file.readSmallNow(500, 12_000)).toBeNull();
    expect(moves).toEqual([-288]);
  });

  test("large files side by side come whole, each to whom it belongs", async () => {
    using folder = new TemporaryFolder();
    const names = Array.from({ length: 12 }, (_, index) => folder.at(`${index}`));
    for (const [index, name] of names.entries()) {
      node.writeFileSync(name, Buffer.alloc(400_000 + index * 300_000, index + 1));
    }
    const contents = await Promise.all(names.map((name) => readFile(name)));
    for (const [index, content] of contents.entries()) {
      expect(content.byteLength).toBe(400_000 + index * 300_000);
      expect(content.every((byte) => byte === index + 1)).toBe(true);
    }
  });

  test("readFile of a file that says less than it holds, of a folder, of a FIFO", async () => {
    using folder = new TemporaryFolder();
    const fifo = folder.fifo("fifo");
    const reading = readFile(fifo, "utf8");
    node.writeFileSync(fifo, "through the FIFO");
    expect(await reading).toBe("through the FIFO");
    expect(await readFile("/proc/self/maps", "utf8")).toContain("[stack]");
    expect(await readFile(folder.path).catch((error: { code: string }) => error.code)).toBe(
      "EISDIR",
    );
  });
});
