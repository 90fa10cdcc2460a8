import { expect, test } from "bun:test";
import { readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { TemporaryFolder } from "@bascule/test-support";
import { outcomeOf } from "../test/outcome.ts";
import * as fs from "./index.ts";

type Call = (path: string) => unknown;

const TYPE = "ERR_INVALID_ARG_TYPE";

/** Calls with arguments that the types rule out, and the codes that Node 20 has for them. */
const REFUSED: readonly (readonly [string, Call])[] = [
  ...[null, "3", true, {}, 3n].flatMap((length): [string, Call][] => [
    [TYPE, (path) => fs.truncate(path, length as never)],
    [TYPE, (path) => onFile(path, (file) => file.truncate(length as never))],
  ]),
  ["ERR_OUT_OF_RANGE", (path) => fs.truncate(path, -1.5)],
  // The last one passes in Node until it is to listen to it, and has opened something by then.
  ...[null, {}, "x", 5, { aborted: false }].flatMap((signal): [string, Call][] => {
    const options = { signal } as never;
    return [
      [TYPE, (path) => fs.readFile(path, options)],
      [TYPE, (path) => fs.writeFile(path, "changed", options)],
      [TYPE, (path) => fs.writeFile(path, "changed", { signal, atomic: true } as never)],
      [TYPE, (path) => fs.open(path, "w", null, options)],
      [TYPE, (path) => fs.stat(path, options)],
      [TYPE, (path) => fs.rm(path, options)],
      [TYPE, (path) => fs.copyFile(path, `${path}2`, options)],
      [TYPE, (path) => fs.readdir(path, options)],
      [TYPE, (path) => fs.exists(path, options)],
      [TYPE, async (path) => fs.watch(path, options)],
      [TYPE, (path) => onFile(path, (file) => file.write("changed", options))],
      [TYPE, (path) => onFile(path, (file) => file.read({ length: 1, signal } as never))],
      [TYPE, (path) => onFile(path, (file) => file.readInto(new ArrayBuffer(1), options))],
      [TYPE, (path) => onFile(path, (file) => file.sync(options))],
      [TYPE, (path) => onFile(path, (file) => Array.fromAsync(file.lines(options)))],
    ];
  }),
  ...[null, 1n, true, undefined, {}, [], "abc", NaN, Infinity, Symbol("now")].map(
    (time): [string, Call] => [TYPE, (path) => fs.utimes(path, time as never, 1)],
  ),
  ...["x", true, 1n, "1"].flatMap((mode): [string, Call][] => [
    [TYPE, (path) => fs.copyFile(path, `${path}2`, mode as never)],
    [TYPE, (path) => fs.access(path, mode as never)],
  ]),
  ["ERR_OUT_OF_RANGE", (path) => fs.copyFile(path, `${path}2`, 8)],
  ["ERR_OUT_OF_RANGE", (path) => fs.access(path, -1)],
  ["ERR_FS_INVALID_SYMLINK_TYPE", (path) => fs.symlink(path, `${path}2`, "bogus")],
  ...[null, 5, "x", [], { force: 1 }, { recursive: "x" }].map((options): [string, Call] => [
    TYPE,
    (path) => fs.rm(path, options as never),
  ]),
  ...["flush", "atomic"].flatMap((name) =>
    [1, "yes", {}].map((value): [string, Call] => [
      TYPE,
      (path) => fs.writeFile(path, "changed", { [name]: value }),
    ]),
  ),
  [TYPE, (path) => fs.mkdir(`${path}2`, { recursive: 1 } as never)],
  [TYPE, (path) => onFile(path, (file) => file.read(undefined as never))],
  [TYPE, (path) => onFile(path, (file) => file.read({} as never))],
  ...[5, true].flatMap((options): [string, Call][] => [
    [TYPE, (path) => fs.readFile(path, options as never)],
    [TYPE, (path) => fs.writeFile(path, "changed", options as never)],
    [TYPE, (path) => fs.realpath(path, options as never)],
  ]),
  ["ERR_INVALID_ARG_VALUE", (path) => fs.realpath(path, "x" as never)],
  ["ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", async (path) => fs.watch(path, { recursive: true })],
];

async function onFile<T>(path: string, work: (file: fs.File) => Promise<T>): Promise<T> {
  await using file = await fs.open(path, "r+");
  return await work(file);
}

test("bad ones are refused with Node's codes, before anything happens", async () => {
  using folder = new TemporaryFolder();
  const path = folder.at("a");
  writeFileSync(path, "hello");
  for (const [code, call] of REFUSED) {
    expect(await outcomeOf(() => call(path)), String(call)).toEqual({ code });
    expect(readdirSync(folder.path)).toEqual(["a"]);
    expect(readFileSync(path, "utf8")).toBe("hello");
  }
});

test("null and empty text stand for what is left out, where they do with Node", async () => {
  using folder = new TemporaryFolder();
  const path = folder.at("a");
  writeFileSync(path, "hello");
  {
    await using file = await fs.open(path, null, null);
    expect(Buffer.from(await file.read({ length: 9 })).toString()).toBe("hello");
  }
  await fs.access(path, null);
  const encoding = "" as BufferEncoding;
  expect<unknown>(await fs.readFile(path, encoding)).toEqual(Buffer.from("hello"));
  expect<unknown>(await fs.readFile(path, { encoding })).toEqual(Buffer.from("hello"));
  expect(await fs.readdir(folder.path, encoding)).toEqual(["a"]);
  expect(await fs.realpath(path, { encoding })).toBe(realpathSync(path));
  await fs.writeFile(path, "text", encoding);
  await fs.truncate(path, -1);
  expect(readFileSync(path, "utf8")).toBe("");
});
