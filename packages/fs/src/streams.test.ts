import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { open as openWithNode } from "node:fs/promises";
import { Runtime, yieldNow } from "@bascule/core";
import { eventually, TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/outcome.ts";
import { LineTooLongError } from "./errors.ts";
import { open } from "./open.ts";

async function linesOf(path: string, maxBytes?: number): Promise<string[]> {
  await using file = await open(path);
  return await Array.fromAsync(file.lines({ maxBytes }));
}

describe("chunks", () => {
  test("cover exactly the range that was asked for", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), "0123456789");
    await using file = await open(folder.at("a"));
    const sizes = async (options: object): Promise<string[]> =>
      (await Array.fromAsync(file.chunks(options))).map((chunk) => Buffer.from(chunk).toString());
    expect(await sizes({ size: 4, at: 0 })).toEqual(["0123", "4567", "89"]);
    expect(await sizes({ size: 4, at: 3, end: 8 })).toEqual(["3456", "7"]);
    expect(await sizes({ at: 8, end: 3 })).toEqual([]);
    expect(await sizes({ size: 7, end: Infinity })).toEqual(["0123456", "789"]);
    expect(await sizes({ at: 8, end: Infinity })).toEqual(["89"]);
    expect(await failureOf(sizes({ end: NaN }))).toBeInstanceOf(RangeError);
    expect(await failureOf(sizes({ size: 0 }))).toBeInstanceOf(RangeError);
  });

  test("without a beginning are so many bytes from where the file is, as in Node", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), "0123456789");
    await using file = await open(folder.at("a"));
    await file.read({ length: 5 });
    const chunks = await Array.fromAsync(file.chunks({ end: 3 }));
    expect(chunks.map((chunk) => Buffer.from(chunk).toString())).toEqual(["567"]);
    const handle = await openWithNode(folder.at("a"));
    await handle.read(new Uint8Array(5), 0, 5, null);
    // Node's end is included.
    expect(await handle.createReadStream({ end: 2, encoding: "utf8" }).toArray()).toEqual(["567"]);
  });

  test("leaving the loop leaves the file open, after what was read", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), "0123456789");
    await using file = await open(folder.at("a"));
    for await (const chunk of file.chunks({ size: 3 })) if (chunk.byteLength === 3) break;
    expect(Buffer.from(await file.read({ length: 9 })).toString()).toBe("3456789");
  });
});

describe("lines", () => {
  test.each([
    ["", []],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["\n\na\r\n\r\nb", ["", "", "a", "", "b"]],
    ["a\rb\r", ["a\rb\r"]],
    ["\r\r\n\r", ["\r", "\r"]],
    ["\uFEFFa\n", ["\uFEFFa"]],
  ])("of %j are %j", async (content, expected) => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), content);
    expect(await linesOf(folder.at("a"))).toEqual(expected);
  });

  test("are whole where characters and line ends fall between two reads", async () => {
    using folder = new TemporaryFolder();
    const lines = Array.from({ length: 4000 }, (_, index) => "äß€😀".repeat(index % 9) + index);
    writeFileSync(folder.at("a"), lines.join("\r\n"));
    expect(await linesOf(folder.at("a"))).toEqual(lines);
  });

  test("longer than allowed are an error, not a full memory", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), `${"x".repeat(1000)}\n${"y".repeat(1001)}\n`);
    expect((await linesOf(folder.at("a"), 1001)).length).toBe(2);
    expect(await failureOf(linesOf(folder.at("a"), 1000))).toBeInstanceOf(LineTooLongError);
    expect(await failureOf(linesOf("/dev/zero", 1000))).toBeInstanceOf(LineTooLongError);
  });

  test("are measured in the bytes of the file, whatever they decode to", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(
      folder.at("a"),
      Buffer.concat([Buffer.alloc(10, 0xff), Buffer.from("\r\nb\r\n")]),
    );
    expect(await linesOf(folder.at("a"), 10)).toEqual(["\uFFFD".repeat(10), "b"]);
    expect(await failureOf(linesOf(folder.at("a"), 9))).toBeInstanceOf(LineTooLongError);
  });

  test("that nobody took stay in the file, however the loop is left", async () => {
    using folder = new TemporaryFolder();
    const lines = Array.from(
      { length: 40_000 },
      (_, index) => `line ${index}${"ä".repeat(index % 5)}`,
    );
    writeFileSync(folder.at("a"), lines.join("\n"));
    await using file = await open(folder.at("a"));
    const got: string[] = [];
    for (let round = 1; got.length < lines.length; round++) {
      let left = (round * 7919) % 20_011;
      for await (const line of file.lines()) {
        got.push(line);
        if (left-- === 0) break;
      }
    }
    expect(got).toEqual(lines);
  });

  test("too long for one loop are left to another", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), `a\n${"x".repeat(200_000)}\nb`);
    await using file = await open(folder.at("a"));
    const got: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const line of file.lines({ maxBytes: 100 })) got.push(line);
    };
    expect(await failureOf(loop())).toBeInstanceOf(LineTooLongError);
    for await (const line of file.lines()) got.push(line);
    expect(got.map((line) => line.length)).toEqual([1, 200_000, 1]);
  });

  test("leave the position to a read that was made before the first line was there", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), `first\n${"x".repeat(65_530)}second\nthird`);
    await using file = await open(folder.at("a"));
    const lines = file.lines()[Symbol.asyncIterator]();
    const [line, read] = await Promise.all([lines.next(), file.read({ length: 7 })]);
    expect([line.value, Buffer.from(read).toString()]).toEqual(["first", "second\n"]);
    await lines.return?.();
    expect(Buffer.from(await file.read({ length: 9 })).toString()).toBe("third");
  });

  test("give back what was read behind another read that took long", async () => {
    using folder = new TemporaryFolder();
    const before = 4 << 20;
    writeFileSync(folder.at("a"), `${"x".repeat(before)}first\nsecond\n`);
    await using file = await open(folder.at("a"));
    const reading = file.read({ length: before });
    const lines = file.lines()[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe("first");
    expect((await reading).byteLength).toBe(before);
    await lines.return?.();
    expect(Buffer.from(await file.read({ length: 9 })).toString()).toBe("second\n");
  });

  test("leave the position to whoever has moved it meanwhile", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), "one\ntwo\n");
    await using file = await open(folder.at("a"), "r+");
    for await (const line of file.lines()) {
      await file.write(`${line} and more\n`);
      break;
    }
    await file.write("end");
    expect(readFileSync(folder.at("a"), "utf8")).toBe("one\ntwo\none and more\nend");
  });
});

describe("web streams", () => {
  test("carry a file into another one", async () => {
    using folder = new TemporaryFolder();
    const content = Uint8Array.from({ length: 700_000 }, (_, index) => (index * 3) % 255);
    writeFileSync(folder.at("a"), content);
    await using from = await open(folder.at("a"));
    await using to = await open(folder.at("b"), "w");
    await from.readable.pipeTo(to.writable);
    expect(Bun.hash(readFileSync(folder.at("b")))).toBe(Bun.hash(content));
  });

  test("are the same ones until they have ended", async () => {
    using folder = new TemporaryFolder();
    await using file = await open(folder.at("a"), "w+");
    const { readable, writable } = file;
    expect(file.readable).toBe(readable);
    expect(file.writable).toBe(writable);
    await new Blob(["one "]).stream().pipeTo(file.writable);
    await new Blob(["two"]).stream().pipeTo(file.writable);
    await readable.cancel();
    await file.write("!");
    expect(readFileSync(folder.at("a"), "utf8")).toBe("one two!");
    await using again = await open(folder.at("a"));
    expect(await new Response(again.readable).text()).toBe("one two!");
    expect(await new Response(again.readable).text()).toBe("");
  });

  test("that end late do not take the place of those after them", async () => {
    using folder = new TemporaryFolder();
    await using file = await open(folder.fifo("a"), "r+");
    const { readable, writable } = file;
    const reader = readable.getReader();
    const reading = reader.read();
    await yieldNow();
    const cancelled = reader.cancel();
    const readableAfter = file.readable;
    expect((await reading).done).toBe(true);
    await cancelled;
    expect(file.readable).toBe(readableAfter);
    const writer = writable.getWriter();
    const writing = failureOf(writer.write(new Uint8Array(1_000_000)));
    await yieldNow();
    const aborted = writer.abort(new Error("enough"));
    expect((await writing)["message"]).toBe("enough");
    const writableAfter = file.writable;
    await aborted;
    expect(file.writable).toBe(writableAfter);
  });

  test("keep what comes when their reader has gone for the next one", async () => {
    using folder = new TemporaryFolder();
    await using file = await open(folder.fifo("a"));
    await using writer = await open(folder.at("a"), "w");
    const { readable } = file;
    const reader = readable.getReader();
    const reading = failureOf(reader.read());
    await yieldNow();
    reader.releaseLock();
    expect((await reading)["name"]).toBe("TypeError");
    await writer.write("hello");
    const runtime = Runtime.current();
    expect(await eventually(() => runtime.metrics().operations.inFlight === 0, 5000)).toBe(true);
    await yieldNow();
    await readable.cancel();
    await writer.write("again");
    expect(Buffer.from(await file.read({ length: 5 })).toString()).toBe("hello");
  });

  test("give all of a FIFO to whatever reads them", async () => {
    using folder = new TemporaryFolder();
    const path = folder.fifo("a");
    const drain = async (stream: ReadableStream<Uint8Array>): Promise<string> =>
      Buffer.concat(await Array.fromAsync(stream)).toString();
    const ways: readonly ((stream: ReadableStream<Uint8Array>) => Promise<string>)[] = [
      (stream) => new Response(stream).text(),
      (stream) => Bun.readableStreamToText(stream),
      (stream) => drain(stream),
      (stream) => drain(stream.tee()[0]),
      (stream) => drain(stream.pipeThrough(new TransformStream())),
    ];
    for (const way of ways) {
      const [file, writer] = await Promise.all([open(path), open(path, "w")]);
      const all = way(file.readable);
      for (const text of ["one ", "two ", "three"]) {
        await writer.write(text);
        await yieldNow();
      }
      await writer.close();
      expect(await all).toBe("one two three");
      await file.close();
    }
  });

  test("take nothing out of the file before somebody reads", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), "abc");
    await using file = await open(folder.at("a"));
    const stream = file.readable;
    expect(Buffer.from(await file.read({ length: 1 })).toString()).toBe("a");
    expect(await new Response(stream).text()).toBe("bc");
  });
});
