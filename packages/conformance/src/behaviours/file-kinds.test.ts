import { afterAll, describe, expect } from "bun:test";
import * as node from "node:fs";
import { sleep, timeout, yieldNow } from "@bascule/core";
import { copyFile, type File, open, readFile, stat, truncate, writeFile } from "@bascule/fs";
import { O_DIRECT } from "@bascule/sys";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../support/failure.ts";
import { fileTest, positionOf, textOf } from "../support/file-test.ts";
import { patternBytes } from "../support/pattern.ts";

const FAR = 5 * 2 ** 30 + 123;
const LARGEST = 2 ** 53 - 1;

// Made before any test, since Bun keeps descriptors of its own once it has run a command.
const fifos = new TemporaryFolder();
const fifo = fifos.fifo("fifo");
node.statSync(fifo);
afterAll(() => fifos[Symbol.dispose]());

describe("a sparse file", () => {
  fileTest("reads and writes right behind four gigabytes, and takes no room", async (folder) => {
    await using file = await open(folder.at("a"), "w+");
    await file.write("far", { at: FAR });
    await file.writeFrom(new Uint8Array([33]).buffer, { at: FAR + 3 });
    expect((await file.stat()).size).toBe(FAR + 4);
    expect((await file.stat({ bigint: true })).size).toBe(BigInt(FAR + 4));
    expect(textOf(await file.read({ length: 10, at: FAR }))).toBe("far!");
    const { buffer, bytesRead } = await file.readInto(new ArrayBuffer(5), { at: FAR - 1 });
    expect([bytesRead, textOf(buffer)]).toEqual([5, "\0far!"]);
    const chunks = await Array.fromAsync(file.chunks({ at: FAR - 2, end: FAR + 2, size: 3 }));
    expect(chunks.map(textOf)).toEqual(["\0\0f", "a"]);
    await truncate(folder.at("a"), FAR + 1);
    expect((await stat(folder.at("a"))).size).toBe(FAR + 1);
    expect(node.statSync(folder.at("a")).blocks).toBeLessThan(1000);
  });

  fileTest("moves its own position past four gigabytes, back over an abort too", async (folder) => {
    await truncate(await made(folder.at("a")), FAR - 4);
    await using file = await open(folder.at("a"), "a+");
    await file.write("12345678");
    expect(positionOf(file)).toBe(FAR + 4);
    await file.write("9");
    expect(textOf(await file.read({ length: 20, at: FAR - 5 }))).toBe("\x00123456789");
  });

  fileTest("has an end to its positions, as in Node", async (folder) => {
    await using file = await open(folder.at("a"), "w+");
    expect((await file.read({ length: 1, at: 2 ** 50 })).byteLength).toBe(0);
    // ext4 has an end before the largest number, others do not.
    const refusal = refusalOf(() => node.writeSync(file.fd, "x", LARGEST));
    const error = await file.write("x", { at: LARGEST }).catch((found: unknown) => found);
    if (refusal === null) expect(error).toBeUndefined();
    else expect(error).toMatchObject({ code: refusal, bytesWritten: 0 });
    for (const at of [-1, 0.5, LARGEST + 1, Number.NaN]) {
      const code = "ERR_OUT_OF_RANGE";
      expect(await failureOf(file.read({ length: 1, at }))).toMatchObject({ code });
      expect(await failureOf(file.write("x", { at }))).toMatchObject({ code });
    }
  });

  fileTest("of more than 2 GiB is not read whole, but in chunks", async (folder) => {
    await truncate(await made(folder.at("a")), 2 ** 31);
    const error = await failureOf(readFile(folder.at("a")));
    expect(error).toMatchObject({ code: "ERR_FS_FILE_TOO_LARGE" });
  });
});

describe("a directory", () => {
  fileTest("opens for reading, and refuses to be read or written", async (folder) => {
    await using file = await open(folder.path);
    expect((await file.stat()).isDirectory()).toBe(true);
    const reading = { code: "EISDIR", syscall: "read" };
    expect(await failureOf(file.read({ length: 1 }))).toMatchObject(reading);
    expect(await failureOf(file.read({ length: 1, at: 0 }))).toMatchObject(reading);
    const buffer = new ArrayBuffer(4);
    let returned = 0;
    const reclaim = (): void => void returned++;
    expect(await failureOf(file.readInto(buffer, { reclaim }))).toMatchObject(reading);
    expect(returned).toBe(1);
    expect(await failureOf(file.write("x"))).toMatchObject({ code: "EBADF", bytesWritten: 0 });
    await file.sync();
    expect(await failureOf(open(folder.path, "w"))).toMatchObject({ code: "EISDIR" });
    expect(await failureOf(readFile(folder.path))).toMatchObject({ code: "EISDIR" });
  });
});

describe("a FIFO", () => {
  fileTest("makes a reader wait for what comes, without stopping anybody else", async () => {
    await using file = await open(fifo);
    const late = failureOf(timeout(5, (signal) => file.read({ length: 10, signal })));
    await sleep(1);
    expect(await late).toMatchObject({ name: "TimeoutError" });
    const writer = node.openSync(fifo, "w");
    const reading = file.read({ length: 10 });
    node.writeSync(writer, "abc");
    expect(textOf(await reading)).toBe("abc");
    node.closeSync(writer);
    expect((await file.read({ length: 10 })).byteLength).toBe(0);
    expect(await failureOf(file.read({ length: 1, at: 0 }))).toMatchObject({ code: "ESPIPE" });
  });

  fileTest("opens for writing once somebody reads it, and carries more than it holds", async () => {
    const late = await failureOf(timeout(5, (signal) => open(fifo, "w", 0, { signal })));
    expect(late).toMatchObject({ name: "TimeoutError" });
    const opening = open(fifo, "w");
    const reading = readFile(fifo);
    const content = patternBytes(0, 500_000);
    {
      await using file = await opening;
      await file.write(content.subarray(0, 400_000));
      await file.writeFrom(content.slice(400_000).buffer);
    }
    expect(Bun.hash(await reading)).toBe(Bun.hash(content));
  });

  fileTest("gives an aborted read's bytes to the next one", async () => {
    await using file = await open(fifo);
    const writer = node.openSync(fifo, "w");
    let text = "";
    for (let round = 0; round < 200; round++) {
      const controller = new AbortController();
      const { signal } = controller;
      const reading = file.read({ length: 3, signal }).then(textOf, () => "");
      node.writeSync(writer, `${round % 10}`);
      for (let hop = round % 7; hop > 0; hop--) await null;
      controller.abort();
      text += await reading;
    }
    node.closeSync(writer);
    for await (const chunk of file.chunks()) text += textOf(chunk);
    expect(text).toBe("0123456789".repeat(20));
  });

  fileTest("that is closed while somebody reads it ends the read", async () => {
    const file = await open(fifo);
    const reads = [file.read({ length: 10 }), file.read({ length: 10 })].map(failureOf);
    await file.close();
    for (const error of await Promise.all(reads)) {
      expect(error).toMatchObject({ name: "FileClosedError", syscall: "read" });
    }
  });

  fileTest("whose reader has gone refuses what is written", async () => {
    const reader = node.openSync(fifo, node.constants.O_RDONLY | node.constants.O_NONBLOCK);
    await using file = await open(fifo, "w");
    await file.write("x");
    node.closeSync(reader);
    const error = await failureOf(file.write("y"));
    expect(error).toMatchObject({ code: "EPIPE", syscall: "write", bytesWritten: 0 });
  });
});

describe("what has no size", () => {
  fileTest("is read to its end all the same", async (folder) => {
    const path = "/proc/self/maps";
    expect((await stat(path)).size).toBe(0);
    const text = await readFile(path, "utf8");
    expect(text.length).toBeGreaterThan(5000);
    expect(
      text
        .trimEnd()
        .split("\n")
        .every((line) => /^[0-9a-f]+-/.test(line)),
    ).toBe(true);
    await using file = await open("/proc/self/status");
    const lines = await Array.fromAsync(file.lines());
    expect(lines.some((line) => line.startsWith("Threads:"))).toBe(true);
    await copyFile("/proc/self/cmdline", folder.at("a"));
    expect(node.readFileSync(folder.at("a"))).toEqual(node.readFileSync("/proc/self/cmdline"));
    const refused = failureOf(writeFile("/proc/self/status", "x"));
    expect(["EACCES", "EINVAL", "EPERM", "EIO"]).toContain(
      ((await refused) as { code: string }).code,
    );
  });
});

describe("a device", () => {
  fileTest("gives and takes what devices do", async () => {
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
    expect((await readFile("/dev/null")).byteLength).toBe(0);
    await writeFile("/dev/null", "gone");
    await using zero = await open("/dev/zero");
    const zeros = await zero.read({ length: 100_000 });
    expect([zeros.byteLength, zeros.every((byte) => byte === 0)]).toEqual([100_000, true]);
    await using random = await open("/dev/urandom");
    const [one, other] = [await random.read({ length: 32 }), await random.read({ length: 32 })];
    expect(Buffer.compare(one, other)).not.toBe(0);
    await using full = await open("/dev/full", "r+");
    for (const at of [undefined, 0]) {
      const error = await failureOf(full.write("x", { at }));
      expect(error).toMatchObject({ code: "ENOSPC", syscall: "write", bytesWritten: 0 });
    }
  });
});

describe("a file past the page cache (O_DIRECT)", () => {
  fileTest("goes on where the last read or write ended", async (folder) => {
    const block = 4096;
    const content = patternBytes(0, 16 * block);
    node.writeFileSync(folder.at("a"), content);
    await using file = await openDirect(folder.at("a"));
    if (file === null) return;
    const first = await file.read({ length: 2 * block });
    expect(positionOf(file)).toBe(2 * block);
    const { buffer } = await file.readInto(new ArrayBuffer(2 * block));
    expect([...first, ...new Uint8Array(buffer)]).toEqual([...content.subarray(0, 4 * block)]);
    // Over blocks that are there, which the kernel may do behind the call.
    await file.write(content.subarray(0, 3 * block));
    await file.writeFrom(content.slice(0, block).buffer);
    expect(positionOf(file)).toBe(8 * block);
    const expected = content.slice();
    expected.copyWithin(4 * block, 0, 3 * block);
    expected.copyWithin(7 * block, 0, block);
    expect(Bun.hash(node.readFileSync(folder.at("a")))).toBe(Bun.hash(expected));
    const rest = await Array.fromAsync(file.chunks({ size: 3 * block }));
    expect(Bun.hash(Buffer.concat(rest))).toBe(Bun.hash(expected.subarray(8 * block)));
  });

  fileTest("goes on where the last read ended also when writes go to its end", async (folder) => {
    const block = 4096;
    const content = patternBytes(0, 64 * block);
    node.writeFileSync(folder.at("a"), content);
    await using file = await openDirect(folder.at("a"), node.constants.O_APPEND);
    if (file === null) return;
    // One block at a time: now and then the disk is as fast as the call.
    const chunks = await Array.fromAsync(file.chunks({ size: block }));
    expect(Bun.hash(Buffer.concat(chunks))).toBe(Bun.hash(content));
    await file.write(content.subarray(0, 2 * block));
    expect(positionOf(file)).toBe(66 * block);
  });

  fileTest("is where it was after a read that is aborted", async (folder) => {
    node.writeFileSync(folder.at("a"), patternBytes(0, 3 << 20));
    await using file = await openDirect(folder.at("a"));
    if (file === null) return;
    for (let turns = 0; turns < 8; turns++) {
      const controller = new AbortController();
      const reading = file.read({ length: 3 << 20, signal: controller.signal });
      const outcome = reading.then(
        ({ byteLength }) => byteLength,
        () => 0,
      );
      for (let turn = 0; turn < turns; turn++) await yieldNow();
      controller.abort();
      const byteCount = await outcome;
      expect(positionOf(file)).toBe(byteCount);
      if (byteCount > 0) break;
    }
  });

  fileTest("ends where it ends, and nowhere else", async (folder) => {
    // More than one operation reads, so that the odd bytes are asked for alone.
    const content = patternBytes(0, (1 << 20) + 100);
    node.writeFileSync(folder.at("a"), content);
    await using file = await openDirect(folder.at("a"));
    if (file === null) return;
    expect(Bun.hash(await file.read({ length: 2 << 20, at: 0 }))).toBe(Bun.hash(content));
    expect(Bun.hash(await file.read({ length: 2 << 20 }))).toBe(Bun.hash(content));
    await using again = await open(folder.at("a"), node.constants.O_RDONLY | O_DIRECT);
    const memory = new Uint8Array(content.byteLength);
    const refusal = refusalOf(() => node.readSync(again.fd, memory, 0, content.byteLength, 0));
    for (const at of [0, undefined]) {
      const odd = await again.read({ length: content.byteLength, at }).then(
        (bytes) => Bun.hash(bytes),
        (error: { code?: string }) => error.code,
      );
      expect(odd).toBe(refusal ?? Bun.hash(content));
    }
    if (refusal !== null) expect(positionOf(again)).toBe(0);
  });

  fileTest("reads and writes blocks, from memory of any alignment", async (folder) => {
    const content = patternBytes(0, 1 << 20);
    const file = await openDirect(folder.at("a"));
    if (file === null) return;
    try {
      await file.write(content);
      await file.writeFrom(content.slice(0, 65_536).buffer, { at: 1 << 20 });
      expect((await file.stat()).size).toBe((1 << 20) + 65_536);
      const whole = await file.read({ length: 1 << 20, at: 0 });
      expect(Bun.hash(whole)).toBe(Bun.hash(content));
      const { buffer, bytesRead } = await file.readInto(new ArrayBuffer(8192), { at: 1 << 20 });
      expect([bytesRead, Bun.hash(buffer)]).toEqual([8192, Bun.hash(content.subarray(0, 8192))]);
      // tmpfs takes the flag and minds nothing.
      const refusal = refusalOf(() => node.writeSync(file.fd, "odd", 0));
      const odd = await file.write("odd", { at: 0 }).catch((found: unknown) => found);
      if (refusal === null) expect(odd).toBeUndefined();
      else expect(odd).toMatchObject({ code: refusal, bytesWritten: 0 });
    } finally {
      await file.close();
    }
  });
});

/** A file that is there or not, past the page cache; null when the file system has no such. */
async function openDirect(path: string, flags: number = 0): Promise<File | null> {
  try {
    return await open(path, flags | node.constants.O_RDWR | node.constants.O_CREAT | O_DIRECT);
  } catch (error) {
    if ((error as { code?: string }).code !== "EINVAL") throw error;
    process.stderr.write("skip: the file system of the temporary folder has no O_DIRECT\n");
    return null;
  }
}

/** The code that a call of Node's fails with on this file system; null when it succeeds. */
function refusalOf(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** A file that is there, and empty. */
async function made(path: string): Promise<string> {
  await writeFile(path, "");
  return path;
}
