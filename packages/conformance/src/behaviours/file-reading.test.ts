import { describe, expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { timeout } from "@bascule/core";
import { open } from "@bascule/fs";
import { failureOf } from "../support/failure.ts";
import { fileTest, positionOf, textOf } from "../support/file-test.ts";
import { patternBytes } from "../support/pattern.ts";

const DIGITS = "0123456789";

describe("reads", () => {
  fileTest("without a position take turns, in the order of the calls", async (folder) => {
    writeFileSync(folder.at("a"), DIGITS);
    await using file = await open(folder.at("a"));
    const parts = await Promise.all([3, 0, 3, 3, 3, 3].map((length) => file.read({ length })));
    expect(parts.map(textOf)).toEqual(["012", "", "345", "678", "9", ""]);
  });

  fileTest("with a position leave the file's own where it is, side by side", async (folder) => {
    const content = patternBytes(0, 300_000);
    writeFileSync(folder.at("a"), content);
    await using file = await open(folder.at("a"));
    await file.read({ length: 7 });
    const places = Array.from({ length: 100 }, (_, index) => (index * 7919) % 290_000);
    const parts = await Promise.all(places.map((at) => file.read({ length: 5000, at })));
    for (const [index, at] of places.entries()) {
      expect(Buffer.compare(parts[index] as Uint8Array, content.subarray(at, at + 5000))).toBe(0);
    }
    expect(positionOf(file)).toBe(7);
    expect((await file.read({ length: 10, at: 300_000 })).byteLength).toBe(0);
    expect((await file.read({ length: 10, at: 299_997 })).byteLength).toBe(3);
  });

  fileTest("of many megabytes come whole, cached or not", async (folder) => {
    const content = patternBytes(0, 9_000_001);
    writeFileSync(folder.at("a"), content);
    await using file = await open(folder.at("a"));
    const whole = await file.read({ length: 10_000_000 });
    expect(Bun.hash(whole)).toBe(Bun.hash(content));
    expect(Bun.hash(await file.read({ length: 9_000_000, at: 1 }))).toBe(
      Bun.hash(content.subarray(1)),
    );
  });

  fileTest("give memory of the caller's own, which later reads do not touch", async (folder) => {
    writeFileSync(folder.at("a"), DIGITS);
    await using file = await open(folder.at("a"));
    const first = await file.read({ length: 4, at: 0 });
    const second = await file.read({ length: 4, at: 4 });
    first.fill(0);
    expect([textOf(second), first.buffer === second.buffer]).toEqual(["4567", false]);
  });
});

describe("readInto", () => {
  fileTest("moves the buffer, and gives the same memory back", async (folder) => {
    writeFileSync(folder.at("a"), DIGITS);
    await using file = await open(folder.at("a"));
    let mine = new ArrayBuffer(4);
    const view = new Uint8Array(mine);
    const reading = file.readInto(mine);
    expect([mine.detached, view.byteLength]).toEqual([true, 0]);
    const first = await reading;
    expect([first.bytesRead, textOf(first.buffer)]).toEqual([4, "0123"]);
    mine = first.buffer;
    const last = await file.readInto(mine, { at: 8 });
    expect([last.bytesRead, textOf(last.buffer), mine.detached]).toEqual([2, "8923", true]);
    const end = await file.readInto(last.buffer, { at: 10 });
    expect([end.bytesRead, end.buffer.byteLength]).toEqual([0, 4]);
  });

  fileTest("gives the buffer back when the read fails", async (folder) => {
    await using file = await open(folder.at("a"), "w");
    for (const at of [undefined, 0]) {
      const returned: ArrayBuffer[] = [];
      const mine = new ArrayBuffer(5);
      const reclaim = (buffer: ArrayBuffer): void => void returned.push(buffer);
      expect(await failureOf(file.readInto(mine, { at, reclaim }))).toMatchObject({
        code: "EBADF",
        syscall: "read",
      });
      expect(returned.map((buffer) => [buffer.byteLength, buffer.detached])).toEqual([[5, false]]);
      expect(mine.detached).toBe(true);
    }
  });

  fileTest("gives the buffer back when it is aborted, and moves no position", async (folder) => {
    const content = patternBytes(0, 3_000_000);
    writeFileSync(folder.at("a"), content);
    await using file = await open(folder.at("a"));
    for (let round = 0; round < 10; round++) {
      const returned: ArrayBuffer[] = [];
      const controller = new AbortController();
      const { signal } = controller;
      const reclaim = (buffer: ArrayBuffer): void => void returned.push(buffer);
      const reading = file.readInto(new ArrayBuffer(2_500_000), { signal, reclaim });
      for (let hop = 0; hop < round; hop++) await null;
      controller.abort(round);
      const outcome = await reading.catch((reason: unknown) => reason);
      if (outcome !== round) throw new Error(`The read was faster than its abort: ${round}`);
      expect(returned.map((buffer) => buffer.byteLength)).toEqual([2_500_000]);
      expect(positionOf(file)).toBe(0);
    }
    expect(Bun.hash(await file.read({ length: 3_000_000 }))).toBe(Bun.hash(content));
  });

  fileTest("takes no buffer that is detached, empty or resizable", async (folder) => {
    await using file = await open(folder.at("a"), "w+");
    const detached = new ArrayBuffer(4);
    detached.transfer();
    const resizable = new ArrayBuffer(4, { maxByteLength: 8 });
    expect(await failureOf(file.readInto(detached))).toBeInstanceOf(TypeError);
    expect(await failureOf(file.readInto(resizable))).toBeInstanceOf(TypeError);
    expect(await failureOf(file.readInto(new ArrayBuffer(0)))).toBeInstanceOf(RangeError);
    expect(await failureOf(file.writeFrom(detached))).toBeInstanceOf(TypeError);
    expect(resizable.detached).toBe(false);
  });
});

describe("chunks", () => {
  fileTest("cover exactly what was asked for", async (folder) => {
    writeFileSync(folder.at("a"), DIGITS);
    await using file = await open(folder.at("a"));
    const texts = async (options: { size?: number; at?: number; end?: number }): Promise<string> =>
      (await Array.fromAsync(file.chunks(options))).map(textOf).join("|");
    expect(await texts({ size: 4, at: 0 })).toBe("0123|4567|89");
    expect(await texts({ size: 4, at: 3, end: 8 })).toBe("3456|7");
    expect(await texts({ at: 8, end: 3 })).toBe("");
    expect(await texts({ size: 3, end: 5 })).toBe("012|34");
    expect(await texts({})).toBe("56789");
  });

  fileTest("end with their signal, and leaving the loop leaves the file open", async (folder) => {
    writeFileSync(folder.at("a"), DIGITS);
    await using file = await open(folder.at("a"));
    const controller = new AbortController();
    const { signal } = controller;
    const seen: string[] = [];
    const reason = new Error("enough");
    const reading = (async () => {
      for await (const chunk of file.chunks({ size: 3, signal })) {
        seen.push(textOf(chunk));
        if (seen.length === 2) controller.abort(reason);
      }
    })();
    expect(await failureOf(reading)).toBe(reason);
    for await (const chunk of file.chunks({ size: 1 })) {
      seen.push(textOf(chunk));
      break;
    }
    expect(seen).toEqual(["012", "345", "6"]);
    expect(textOf(await file.read({ length: 9 }))).toBe("789");
  });
});

describe("lines", () => {
  fileTest("are whole, whatever the reads cut", async (folder) => {
    const lines = Array.from({ length: 3000 }, (_, index) => "äß€😀".repeat(index % 23) + index);
    writeFileSync(folder.at("a"), `${lines.join("\r\n")}\n\nlast`);
    await using file = await open(folder.at("a"));
    expect(await Array.fromAsync(file.lines())).toEqual([...lines, "", "last"]);
    expect(await Array.fromAsync(file.lines())).toEqual([]);
  });

  fileTest("that are too long, and an abort, end them", async (folder) => {
    writeFileSync(folder.at("a"), `${"x".repeat(1000)}\n${"y".repeat(1001)}\n`);
    await using file = await open(folder.at("a"));
    const long = Array.fromAsync(file.lines({ maxBytes: 1000 }));
    expect(await failureOf(long)).toMatchObject({ code: "ERR_LINE_TOO_LONG", maxBytes: 1000 });
    const signal = AbortSignal.abort("no");
    await using again = await open(folder.at("a"));
    expect(await failureOf(Array.fromAsync(again.lines({ signal })))).toBe("no");
  });
});

describe("readable", () => {
  fileTest("reads no further than somebody takes", async (folder) => {
    writeFileSync(folder.at("a"), patternBytes(0, 5_000_000));
    await using file = await open(folder.at("a"));
    const reader = file.readable.getReader();
    expect(positionOf(file)).toBe(0);
    let taken = 0;
    for (let round = 0; round < 5; round++) {
      taken += (await reader.read()).value?.byteLength ?? 0;
      expect(positionOf(file)).toBeLessThanOrEqual(taken + 65_536);
    }
    await reader.cancel();
    expect(file.isClosed).toBe(false);
    const rest = await timeout(5000, (signal) => file.read({ length: 9_000_000, signal }));
    expect(rest.byteLength).toBe(5_000_000 - taken);
  });
});
