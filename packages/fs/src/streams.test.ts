import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { TemporaryFolder } from "@bascule/test-support";
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
    expect(await sizes({ size: 7 })).toEqual(["0123456", "789"]);
    expect(await failureOf(sizes({ size: 0 }))).toBeInstanceOf(RangeError);
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
    ["a\rb\r", ["a\rb"]],
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

  test("take nothing out of the file before somebody reads", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.at("a"), "abc");
    await using file = await open(folder.at("a"));
    const stream = file.readable;
    expect(Buffer.from(await file.read({ length: 1 })).toString()).toBe("a");
    expect(await new Response(stream).text()).toBe("bc");
  });
});
