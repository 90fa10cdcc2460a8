import { describe, expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/outcome.ts";
import { open } from "./open.ts";

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

describe("reading", () => {
  test("gives what was asked for, less at the end, nothing behind it", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), "0123456789");
    await using file = await open(folder.at("a"));
    expect(text(await file.read({ length: 4, at: 2 }))).toBe("2345");
    expect(text(await file.read({ length: 100, at: 7 }))).toBe("789");
    expect((await file.read({ length: 100, at: 10 })).byteLength).toBe(0);
    expect((await file.read({ length: 0 })).byteLength).toBe(0);
  });

  test("without a position goes on where the last one ended, in order", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), "0123456789");
    await using file = await open(folder.at("a"));
    const parts = await Promise.all([3, 3, 3, 3].map((length) => file.read({ length })));
    expect(parts.map(text)).toEqual(["012", "345", "678", "9"]);
  });

  test("readInto moves the buffer, and gives it back", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), "0123456789");
    await using file = await open(folder.at("a"));
    const mine = new ArrayBuffer(4);
    const reading = file.readInto(mine, { at: 8 });
    expect(mine.detached).toBe(true);
    const { bytesRead, buffer } = await reading;
    expect([bytesRead, text(new Uint8Array(buffer))]).toEqual([2, "89\0\0"]);
    expect(() => file.readInto(mine)).toThrow("detached");
  });

  test("a megabyte and more comes whole, in whatever pieces the kernel gives it", async () => {
    using folder = new TemporaryFolder();
    const content = crypto.getRandomValues(new Uint8Array(65_536));
    const whole = Buffer.concat(Array.from({ length: 50 }, () => content));
    writeFileSync(folder.at("a"), whole);
    await using file = await open(folder.at("a"));
    expect(Bun.hash(await file.read({ length: whole.byteLength + 5 }))).toBe(Bun.hash(whole));
  });
});

describe("writing", () => {
  test("writes all of text and of any view, and moves a buffer without copying it", async () => {
    using folder = new TemporaryFolder();
    await using file = await open(folder.at("a"), "w+");
    await file.write("häh");
    await file.write(new Uint16Array([0x6161, 0x6262]));
    const mine = new TextEncoder().encode("moved").buffer;
    const { buffer } = await file.writeFrom(mine);
    expect([mine.detached, buffer.byteLength]).toEqual([true, 5]);
    await file.write("H", { at: 0 });
    expect(readFileSync(folder.at("a"), "utf8")).toBe("Hähaabbmoved");
  });

  test("large writes without a position are not mixed with one another", async () => {
    using folder = new TemporaryFolder();
    await using file = await open(folder.at("a"), "a");
    const sizes = [300_000, 10, 2_000_000, 70_000];
    await Promise.all(
      sizes.map((size, index) => file.write(new Uint8Array(size).fill(65 + index))),
    );
    const expected = Buffer.concat(sizes.map((size, index) => Buffer.alloc(size, 65 + index)));
    expect(Bun.hash(readFileSync(folder.at("a")))).toBe(Bun.hash(expected));
  });

  test("far behind four gigabytes the bytes are where they should be", async () => {
    using folder = new TemporaryFolder();
    const far = 5 * 2 ** 30 + 123;
    await using file = await open(folder.at("a"), "w+");
    await file.write("far", { at: far });
    await file.writeFrom(new Uint8Array([33]).buffer, { at: far + 3 });
    expect((await file.stat()).size).toBe(far + 4);
    expect((await file.stat({ bigint: true })).size).toBe(BigInt(far + 4));
    expect(text(await file.read({ length: 10, at: far }))).toBe("far!");
    expect(text(await file.read({ length: 2, at: far - 2 }))).toBe("\0\0");
    expect(statSync(folder.at("a")).blocks).toBeLessThan(1000);
    await file.truncate(far + 1);
    expect((await file.stat()).size).toBe(far + 1);
  });

  test("a file that is open for reading only refuses, and says how much was written", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), "x");
    await using file = await open(folder.at("a"));
    const error = await failureOf(file.write("abc", { at: 0 }));
    expect(error).toMatchObject({ code: "EBADF", syscall: "write", errno: -9, bytesWritten: 0 });
    expect(error["message"]).toBe("EBADF: bad file descriptor, write");
    expect(await failureOf(file.truncate(1))).toMatchObject({ code: "EINVAL" });
  });
});

describe("bad input", () => {
  test("is refused before anything is moved", async () => {
    using folder = new TemporaryFolder();
    await using file = await open(folder.at("a"), "w+");
    const shrinking = new ArrayBuffer(4, { maxByteLength: 8 });
    for (const length of [-1, 1.5, Number.NaN, 2 ** 40]) {
      expect(await failureOf(file.read({ length }))).toBeInstanceOf(RangeError);
    }
    for (const at of [-1, 0.5, 2 ** 60]) {
      expect(await failureOf(file.read({ length: 1, at }))).toMatchObject({
        code: "ERR_OUT_OF_RANGE",
      });
      const buffer = new ArrayBuffer(1);
      expect(await failureOf(file.readInto(buffer, { at }))).toBeInstanceOf(RangeError);
      expect(buffer.detached).toBe(false);
    }
    expect(await failureOf(file.readInto(shrinking))).toBeInstanceOf(TypeError);
    expect(await failureOf(file.writeFrom(new ArrayBuffer(0)))).toBeInstanceOf(RangeError);
    expect(await failureOf(file.write(5 as never))).toMatchObject({ code: "ERR_INVALID_ARG_TYPE" });
    expect(shrinking.detached).toBe(false);
  });
});

describe("closing", () => {
  test("waits for what is under way, is harmless twice, and refuses what comes after", async () => {
    using folder = new TemporaryFolder();
    const file = await open(folder.at("a"), "w");
    const writes = [1, 2, 3].map((salt) => file.write(new Uint8Array(200_000).fill(salt)));
    await Promise.all([file.close(), file.close()]);
    await Promise.all(writes);
    expect(statSync(folder.at("a")).size).toBe(600_000);
    expect(file.fd).toBe(-1);
    for (const call of [
      () => file.read({ length: 1 }),
      () => file.write("x"),
      () => file.stat(),
      () => file.sync(),
      () => file.readInto(new ArrayBuffer(1)),
    ]) {
      expect(await failureOf(call())).toMatchObject({ name: "FileClosedError", code: "EBADF" });
    }
  });

  test("sync, datasync and truncate do as they say", async () => {
    using folder = new TemporaryFolder();
    await using file = await open(folder.at("a"), "w");
    await file.write("0123456789");
    await file.sync();
    await file.datasync();
    await file.truncate(4);
    expect(readFileSync(folder.at("a"), "utf8")).toBe("0123");
    await file.truncate();
    expect(statSync(folder.at("a")).size).toBe(0);
  });
});
