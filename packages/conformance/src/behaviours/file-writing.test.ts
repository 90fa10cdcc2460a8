import { describe, expect } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { open } from "@bascule/fs";
import { failureOf } from "../support/failure.ts";
import { fileTest, positionOf, textOf } from "../support/file-test.ts";
import { patternBytes } from "../support/pattern.ts";

describe("writes", () => {
  fileTest(
    "take text and every kind of view, at the position or where they are told",
    async (folder) => {
      await using file = await open(folder.at("a"), "w+");
      await file.write("häh");
      await file.write(new Uint16Array([0x6161, 0x6262]));
      await file.write(new DataView(new TextEncoder().encode("xyz").buffer, 1, 1));
      await file.write(new Uint8Array());
      await file.write("H", { at: 0 });
      expect(positionOf(file)).toBe(9);
      await file.write("!", { at: 12 });
      expect(readFileSync(folder.at("a"), "latin1")).toBe("H\xc3\xa4haabby\0\0\0!");
    },
  );

  fileTest("without a position are never mixed with one another", async (folder) => {
    await using file = await open(folder.at("a"), "a");
    const sizes = [300_000, 10, 2_500_000, 1, 70_000];
    await Promise.all(
      sizes.map((size, index) => file.write(new Uint8Array(size).fill(65 + index))),
    );
    const expected = Buffer.concat(sizes.map((size, index) => Buffer.alloc(size, 65 + index)));
    expect(Bun.hash(readFileSync(folder.at("a")))).toBe(Bun.hash(expected));
  });

  fileTest("with positions go side by side, each to its place", async (folder) => {
    const content = patternBytes(0, 2_000_000);
    await using file = await open(folder.at("a"), "w");
    const writes: Promise<unknown>[] = [];
    for (let at = 0; at < 2_000_000; at += 50_000) {
      const piece = content.slice(at, at + 50_000);
      writes.push(
        at % 100_000 === 0 ? file.write(piece, { at }) : file.writeFrom(piece.buffer, { at }),
      );
    }
    await Promise.all(writes);
    expect(Bun.hash(readFileSync(folder.at("a")))).toBe(Bun.hash(content));
  });

  fileTest("to a file for appending go to its end, wherever they are told", async (folder) => {
    writeFileSync(folder.at("a"), "before ");
    await using file = await open(folder.at("a"), "a+");
    await file.write("one ");
    await file.write("two", { at: 0 });
    expect(textOf(await file.read({ length: 99, at: 0 }))).toBe("before one two");
  });

  fileTest("that are refused say that nothing was written", async (folder) => {
    writeFileSync(folder.at("a"), "x");
    await using file = await open(folder.at("a"));
    for (const at of [undefined, 0]) {
      const error = await failureOf(file.write("abc", { at }));
      expect(error).toMatchObject({ code: "EBADF", errno: -9, syscall: "write", bytesWritten: 0 });
    }
  });
});

describe("writeFrom", () => {
  fileTest("moves the buffer, and gives it back", async (folder) => {
    await using file = await open(folder.at("a"), "w+");
    const mine = new TextEncoder().encode("moved").buffer;
    const writing = file.writeFrom(mine);
    expect(mine.detached).toBe(true);
    const { buffer } = await writing;
    expect(textOf(buffer)).toBe("moved");
    await file.writeFrom(buffer, { at: 7 });
    expect(readFileSync(folder.at("a"), "latin1")).toBe("moved\0\0moved");
  });

  fileTest("gives the buffer back when the write fails or is aborted", async (folder) => {
    writeFileSync(folder.at("a"), "x");
    await using readOnly = await open(folder.at("a"));
    await using file = await open(folder.at("b"), "w");
    const returned: ArrayBuffer[] = [];
    const reclaim = (buffer: ArrayBuffer): void => void returned.push(buffer);
    const refused = readOnly.writeFrom(new ArrayBuffer(5), { reclaim });
    expect(await failureOf(refused)).toMatchObject({ code: "EBADF", bytesWritten: 0 });
    for (const hops of [0, 1, 5, 20]) {
      const controller = new AbortController();
      const { signal } = controller;
      const moved = patternBytes(0, 5_000_000).buffer;
      const writing = file.writeFrom(moved, { at: 0, signal, reclaim });
      for (let hop = 0; hop < hops; hop++) await null;
      controller.abort();
      const error = (await failureOf(writing)) as { name: string; bytesWritten: number };
      expect(error.name).toBe("AbortError");
      const size = statSync(folder.at("b")).size;
      expect(size).toBeGreaterThanOrEqual(error.bytesWritten);
      const whole = readFileSync(folder.at("b")).subarray(0, error.bytesWritten);
      expect(Bun.hash(whole)).toBe(Bun.hash(patternBytes(0, error.bytesWritten)));
    }
    expect(returned.map((buffer) => buffer.byteLength)).toEqual([5, ...Array(4).fill(5_000_000)]);
  });
});

describe("writable", () => {
  fileTest("waits as the file does, and leaves it open", async (folder) => {
    await using file = await open(folder.at("a"), "w+");
    const writer = file.writable.getWriter();
    const first = writer.write(patternBytes(0, 3_000_000));
    expect(writer.desiredSize).toBeLessThanOrEqual(0);
    await first;
    expect(positionOf(file)).toBe(3_000_000);
    await writer.write(new TextEncoder().encode("end"));
    await writer.close();
    expect(file.isClosed).toBe(false);
    expect(textOf(await file.read({ length: 9, at: 3_000_000 }))).toBe("end");
  });

  fileTest("carries a whole file through a pipe", async (folder) => {
    const content = patternBytes(0, 1_500_000);
    writeFileSync(folder.at("a"), content);
    await using from = await open(folder.at("a"));
    await using to = await open(folder.at("b"), "w");
    await from.readable.pipeTo(to.writable);
    expect(Bun.hash(readFileSync(folder.at("b")))).toBe(Bun.hash(content));
  });

  fileTest("passes a refusal on to the pipe", async (folder) => {
    writeFileSync(folder.at("a"), "x");
    await using from = await open(folder.at("a"));
    await using to = await open(folder.at("a"));
    expect(await failureOf(from.readable.pipeTo(to.writable))).toMatchObject({ code: "EBADF" });
  });
});

describe("an open file", () => {
  fileTest("is closed by await using, after what is under way", async (folder) => {
    const writes: Promise<void>[] = [];
    {
      await using file = await open(folder.at("a"), "w");
      for (const salt of [1, 2, 3]) writes.push(file.write(new Uint8Array(700_000).fill(salt)));
    }
    expect(statSync(folder.at("a")).size).toBe(2_100_000);
    await Promise.all(writes);
  });

  fileTest("is closed once, and refuses what comes after", async (folder) => {
    const file = await open(folder.at("a"), "w+");
    await Promise.all([file.close(), file.close()]);
    expect([file.fd, file.isClosed]).toEqual([-1, true]);
    const buffer = new ArrayBuffer(1);
    for (const call of [
      () => file.read({ length: 1 }),
      () => file.readInto(buffer),
      () => file.write("x"),
      () => file.writeFrom(buffer),
      () => file.stat(),
      () => file.truncate(),
      () => file.sync(),
      () => file.datasync(),
      () => Array.fromAsync(file.chunks()),
      () => Array.fromAsync(file.lines()),
      () => file.readable.getReader().read(),
      () => file.writable.getWriter().write(new Uint8Array(1)),
    ]) {
      expect(await failureOf(call())).toMatchObject({ name: "FileClosedError", code: "EBADF" });
    }
    expect(buffer.detached).toBe(false);
  });

  fileTest("is cut, extended, synced and told about", async (folder) => {
    await using file = await open(folder.at("a"), "w+", 0o640);
    await file.write("0123456789");
    await file.sync();
    await file.datasync();
    await file.truncate(4);
    expect((await file.stat()).size).toBe(4);
    await file.truncate(6);
    expect(readFileSync(folder.at("a"), "latin1")).toBe("0123\0\0");
    await file.truncate();
    const stats = await file.stat({ bigint: true });
    expect([stats.size, Number(stats.mode) & 0o777]).toEqual([0n, 0o640 & ~process.umask()]);
  });
});
