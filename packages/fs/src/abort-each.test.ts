import { expect, test } from "bun:test";
import { lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { yieldNow, type WaitOptions } from "@bascule/core";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/outcome.ts";
import * as fs from "./index.ts";

/** A call on a folder with a file `a` of 9 bytes, a link `l` to it, and a tree `d/e/f`. */
type Call = (at: (name: string) => string, options: WaitOptions) => Promise<unknown>;

/** Calls on an open file, which is closed again whatever happens. */
function onFile(use: (file: fs.File, options: WaitOptions) => Promise<unknown>): Call {
  return async (at, options) => {
    await using file = await fs.open(at("a"), "r+");
    return await use(file, options);
  };
}

async function all(parts: AsyncIterable<unknown>): Promise<void> {
  for await (const part of parts) void part;
}

/** What leaves everything as it was, and what changes something once and whole. */
const CALLS: Readonly<Record<string, Call>> = {
  access: (at, options) => fs.access(at("a"), fs.F_OK, options),
  appendFile: (at, options) => fs.appendFile(at("a"), "more", options),
  chmod: (at, options) => fs.chmod(at("a"), 0o600, options),
  copyFile: (at, options) => fs.copyFile(at("a"), at("copy"), options),
  exists: (at, options) => fs.exists(at("a"), options),
  link: (at, options) => fs.link(at("a"), at("linked"), options),
  lstat: (at, options) => fs.lstat(at("l"), options),
  mkdir: (at, options) => fs.mkdir(at("new"), options),
  mkdtemp: (at, options) => fs.mkdtemp(at("temporary-"), options),
  open: async (at, options) => {
    await using _file = await fs.open(at("a"), "r", 0, options);
  },
  readFile: (at, options) => fs.readFile(at("a"), options),
  readdir: (at, options) => fs.readdir(at("d"), options),
  readlink: (at, options) => fs.readlink(at("l"), options),
  realpath: (at, options) => fs.realpath(at("l"), options),
  rename: (at, options) => fs.rename(at("a"), at("b"), options),
  rm: (at, options) => fs.rm(at("a"), options),
  stat: (at, options) => fs.stat(at("l"), options),
  symlink: (at, options) => fs.symlink("a", at("again"), options),
  truncate: (at, options) => fs.truncate(at("a"), 3, options),
  unlink: (at, options) => fs.unlink(at("a"), options),
  utimes: (at, options) => fs.utimes(at("a"), 1, 2, options),
  writeFile: (at, options) => fs.writeFile(at("a"), "other", { ...options, atomic: true }),
  "File.chunks": onFile((file, options) => all(file.chunks(options))),
  "File.datasync": onFile((file, options) => file.datasync(options)),
  "File.lines": onFile((file, options) => all(file.lines(options))),
  "File.read": onFile((file, options) => file.read({ length: 4, ...options })),
  "File.readInto": onFile((file, options) => file.readInto(new ArrayBuffer(4), options)),
  "File.stat": onFile((file, options) => file.stat(options)),
  "File.sync": onFile((file, options) => file.sync(options)),
  "File.truncate": onFile((file, options) => file.truncate(3, options)),
  "File.write": onFile((file, options) => file.write("other", { at: 0, ...options })),
  "File.writeFrom": onFile((file, options) =>
    file.writeFrom(new ArrayBuffer(9), { at: 0, ...options }),
  ),
};

function prepare(folder: TemporaryFolder): void {
  writeFileSync(folder.at("a"), "some text");
  symlinkSync("a", folder.at("l"));
  mkdirSync(folder.at("d/e"), { recursive: true });
  writeFileSync(folder.at("d/e/f"), "");
}

/** Names, kinds, modes, sizes and times of all there is; a random name by its beginning. */
function contents(folder: TemporaryFolder): string {
  const names = readdirSync(folder.path, { recursive: true, encoding: "utf8" }).toSorted();
  return names
    .map((name) => {
      const { mode, size, nlink, mtimeMs } = lstatSync(folder.at(name));
      const time = mtimeMs === 2000 ? "set" : "now";
      return [name.replace(/^(temporary-).*/, "$1"), mode, size, nlink, time].join(" ");
    })
    .join("\n");
}

test("a signal that is aborted already rejects every call, and nothing happens", async () => {
  using folder = new TemporaryFolder();
  prepare(folder);
  const before = contents(folder);
  const signal = AbortSignal.abort("before");
  for (const [name, call] of Object.entries(CALLS)) {
    const error = await failureOf(call((path) => folder.at(path), { signal }));
    expect<unknown>(error, name).toBe("before");
    expect(contents(folder), name).toBe(before);
  }
});

test("whenever a call is aborted, it has happened whole or not at all", async () => {
  for (const [name, call] of Object.entries(CALLS)) {
    using control = new TemporaryFolder();
    prepare(control);
    const before = contents(control);
    await call((path) => control.at(path), {});
    const after = contents(control);
    for (let turns = 0; turns < 6; turns++) {
      using folder = new TemporaryFolder();
      prepare(folder);
      const isDone = await abortAfter(turns, (signal) =>
        call((path) => folder.at(path), { signal }),
      );
      expect(isDone ? [after] : [before, after], name).toContain(contents(folder));
    }
  }
});

test("an aborted recursive rm or mkdir went part of the way, and can be called again", async () => {
  for (let turns = 0; turns < 8; turns++) {
    using folder = new TemporaryFolder();
    prepare(folder);
    const recursive = true;
    await abortAfter(turns, (signal) => fs.rm(folder.at("d"), { recursive, signal }));
    await abortAfter(turns, (signal) => fs.mkdir(folder.at("x/y/z"), { recursive, signal }));
    await fs.rm(folder.at("d"), { recursive, force: true });
    await fs.mkdir(folder.at("x/y/z"), { recursive });
    expect(readdirSync(folder.path).toSorted()).toEqual(["a", "l", "x"]);
  }
});

/** Aborts a call some turns after its beginning. @returns whether it was done all the same */
async function abortAfter(
  turns: number,
  call: (signal: AbortSignal) => Promise<unknown>,
): Promise<boolean> {
  const controller = new AbortController();
  const outcome = call(controller.signal).then(
    () => "done",
    (error: unknown) => error,
  );
  for (let turn = 0; turn < turns; turn++) {
    await (turn % 2 === 0 ? yieldNow() : new Promise((resolve) => setImmediate(resolve)));
  }
  controller.abort("aborted");
  expect<unknown[]>(["done", "aborted"]).toContain(await outcome);
  return (await outcome) === "done";
}

test("cancelling readable or aborting writable leaves the file open", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("a"), "some text");
  await using file = await fs.open(folder.at("a"), "r+");
  await file.readable.cancel("enough");
  await file.writable.abort("enough");
  expect(Buffer.from(await file.read({ length: 9 })).toString()).toBe("some text");
});
