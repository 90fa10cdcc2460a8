import { describe, expect, test } from "bun:test";
import * as node from "node:fs";
import { pathToFileURL } from "node:url";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/outcome.ts";
import * as ours from "./index.ts";

const theirs = node.promises;

/** Node's types stand for both: that the calls are the same is what is tested. */
type Call = (fs: typeof theirs, folder: string) => Promise<unknown>;

/** Each fails for another reason; both sides fail alike, to the last letter of the message. */
const FAILURES: Record<string, Call> = {
  "open of nothing": (fs, folder) => fs.open(`${folder}/no`),
  "open of nothing to write": (fs, folder) => fs.open(`${folder}/no/a`, "w"),
  "open of what is there": (fs, folder) => fs.open(`${folder}/file`, "wx"),
  "open of a long name": (fs, folder) => fs.open(`${folder}/${"a".repeat(300)}`),
  "readFile of a directory": (fs, folder) => fs.readFile(folder),
  "writeFile of a directory": (fs, folder) => fs.writeFile(folder, ""),
  "stat of nothing": (fs, folder) => fs.stat(`${folder}/no`),
  "stat below a file": (fs, folder) => fs.stat(`${folder}/file/a`),
  "stat of a loop": (fs, folder) => fs.stat(`${folder}/loop`),
  "lstat of nothing": (fs, folder) => fs.lstat(`${folder}/no`),
  "unlink of a directory": (fs, folder) => fs.unlink(folder),
  "unlink of nothing": (fs, folder) => fs.unlink(`${folder}/no`),
  "rename of nothing": (fs, folder) => fs.rename(`${folder}/no`, `${folder}/x`),
  "rename over a full directory": (fs, folder) => fs.rename(`${folder}/empty`, `${folder}/full`),
  "link of nothing": (fs, folder) => fs.link(`${folder}/no`, `${folder}/x`),
  "symlink over a file": (fs, folder) => fs.symlink("a", `${folder}/file`),
  "readlink of a file": (fs, folder) => fs.readlink(`${folder}/file`),
  "realpath of nothing": (fs, folder) => fs.realpath(`${folder}/no`),
  "access to nothing": (fs, folder) => fs.access(`${folder}/no`),
  "chmod of nothing": (fs, folder) => fs.chmod(`${folder}/no`, 0o644),
  "utimes of nothing": (fs, folder) => fs.utimes(`${folder}/no`, 1, 2),
  "mkdir of what is there": (fs, folder) => fs.mkdir(`${folder}/full`),
  "mkdir over a file": (fs, folder) => fs.mkdir(`${folder}/file/a`, { recursive: true }),
  "copyFile of nothing": (fs, folder) => fs.copyFile(`${folder}/no`, `${folder}/x`),
  "bad letters for open": (fs, folder) => fs.open(`${folder}/file`, "rw"),
};

function makeFolder(): TemporaryFolder {
  const folder = new TemporaryFolder();
  node.writeFileSync(folder.at("file"), "content");
  node.mkdirSync(folder.at("empty"));
  node.mkdirSync(folder.at("full/of"), { recursive: true });
  node.symlinkSync("loop", folder.at("loop"));
  return folder;
}

test.each(Object.entries(FAILURES))("%s fails as with node:fs", async (_name, call) => {
  using folder = makeFolder();
  const expected = await failureOf(call(theirs, folder.path));
  const actual = await failureOf(call(ours as never, folder.path));
  const { code, errno, syscall, path, dest, message } = actual;
  expect({ code, errno, syscall, path, dest, message }).toEqual({
    code: expected["code"],
    errno: expected["errno"],
    syscall: expected["syscall"],
    path: expected["path"],
    dest: expected["dest"],
    message: expected["message"],
  });
});

describe("a path", () => {
  test("with a null byte is refused in Node's words", async () => {
    const expected = "must be a string, Uint8Array, or URL without null bytes";
    for (const path of ["a\0b", Buffer.from("a\0b"), new URL("file:///a%00b")]) {
      const error = await failureOf(ours.readFile(path));
      expect(error).toBeInstanceOf(TypeError);
      expect(error["code"]).toBe("ERR_INVALID_ARG_VALUE");
      expect(error["message"]).toContain(`The argument 'path' ${expected}. Received `);
    }
  });

  test("is looked at before the one behind it, as in Node", async () => {
    const calls = { oldPath: ours.rename, existingPath: ours.link, target: ours.symlink };
    for (const [name, call] of Object.entries(calls)) {
      const error = await failureOf(call("a\0b", "c\0d"));
      expect(error["message"]).toContain(`The argument '${name}' must be`);
      expect(await failureOf(call("a", "c\0d"))).toBeInstanceOf(TypeError);
    }
  });

  test("may be text, a URL, or bytes that are not UTF-8", async () => {
    using folder = new TemporaryFolder();
    const odd = Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xfe, 0x20])]);
    await ours.writeFile(odd, "odd");
    expect(await ours.readFile(odd, "utf8")).toBe("odd");
    expect(await ours.exists(pathToFileURL(folder.path))).toBe(true);
    expect((await failureOf(ours.stat(new URL("http://x/y"))))["code"]).toBe(
      "ERR_INVALID_URL_SCHEME",
    );
  });

  test.each([5, null, undefined, {}, [], Symbol.iterator])("%p is none", async (value) => {
    const path = value as never;
    for (const call of [
      () => ours.open(path),
      () => ours.readFile(path),
      () => ours.rename("a", path),
      () => ours.symlink(path, "a"),
      () => ours.rm(path),
    ]) {
      expect(await failureOf(call())).toMatchObject({ code: "ERR_INVALID_ARG_TYPE" });
    }
    expect(await ours.exists(path)).toBe(false);
  });

  test("that is too long is refused as by the kernel, one that just fits is not", async () => {
    const deep = `/${"a/".repeat(2100)}`;
    for (const call of [
      () => ours.open(deep),
      () => ours.mkdir(deep, { recursive: true }),
      () => ours.rename("a", deep),
      () => ours.writeFile(deep, "", { atomic: true }),
      () => ours.stat("ä".repeat(2048)),
    ]) {
      expect(await failureOf(call())).toMatchObject({ code: "ENAMETOOLONG", errno: -36 });
    }
    expect(await ours.stat(`/${"./".repeat(2047)}`)).toBeInstanceOf(ours.Stats);
    expect(await ours.exists(deep)).toBe(false);
  });
});

describe("what is asked about a file", () => {
  test("stats are Node's, as numbers and as bigints", async () => {
    using folder = makeFolder();
    for (const path of [folder.at("file"), folder.path, "/dev/null", "/proc/self/stat"]) {
      const [stats, expected] = [await ours.stat(path), node.statSync(path)];
      for (const key of ["dev", "ino", "mode", "nlink", "uid", "gid", "rdev", "size"] as const) {
        expect(`${key} ${stats[key]}`).toBe(`${key} ${expected[key]}`);
      }
      const [big, bigExpected] = [
        await ours.stat(path, { bigint: true }),
        node.statSync(path, { bigint: true }),
      ];
      expect(big.ino).toBe(bigExpected.ino);
      if (!path.startsWith("/proc")) expect(big.mtimeNs).toBe(bigExpected.mtimeNs);
      expect(stats.isCharacterDevice()).toBe(path === "/dev/null");
    }
    expect((await ours.lstat(folder.at("loop"))).isSymbolicLink()).toBe(true);
  });

  test("links, modes, times and access", async () => {
    using folder = makeFolder();
    const file = folder.at("file");
    await ours.symlink("file", folder.at("s"));
    await ours.link(file, folder.at("hard"));
    expect(await ours.readlink(folder.at("s"))).toBe("file");
    expect(await ours.readlink(folder.at("s"), "buffer")).toEqual(Buffer.from("file"));
    expect(await ours.realpath(folder.at("./empty/../s"))).toBe(node.realpathSync(file));
    expect((await ours.stat(file)).nlink).toBe(2);
    await ours.chmod(file, "640");
    expect(node.statSync(file).mode & 0o777).toBe(0o640);
    await ours.utimes(file, new Date(1_500_000_000_123), 12.5);
    const { atimeMs, mtimeMs, atime } = await ours.stat(file);
    expect([atimeMs, mtimeMs, atime.getTime()]).toEqual([1_500_000_000_123, 12_500, atimeMs]);
    await ours.access(file, ours.R_OK | ours.W_OK);
    expect(await failureOf(ours.access(file, 9))).toMatchObject({ code: "ERR_OUT_OF_RANGE" });
    await ours.truncate(file, 3);
    expect(node.readFileSync(file, "utf8")).toBe("con");
    expect(await failureOf(ours.truncate(folder.at("no")))).toMatchObject({ syscall: "open" });
    await ours.unlink(folder.at("s"));
    expect(await ours.exists(folder.at("s"))).toBe(false);
  });
});
