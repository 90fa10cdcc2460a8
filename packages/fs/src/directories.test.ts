import { describe, expect, test } from "bun:test";
import * as node from "node:fs";
import { join, relative } from "node:path";
import { EBUSY, EINVAL, ENOTEMPTY } from "@bascule/sys";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/outcome.ts";
import { mkdir, mkdtemp } from "./mkdir.ts";
import { readdir } from "./readdir.ts";
import { refusalByName, rm } from "./rm.ts";
import { stat } from "./stat.ts";

function makeTree(root: string): void {
  for (const name of ["a/b/c", "a/d", "e"]) node.mkdirSync(join(root, name), { recursive: true });
  for (const name of ["f", "a/g", "a/b/h", "a/b/c/i"]) node.writeFileSync(join(root, name), name);
  node.symlinkSync("f", join(root, "link"));
  node.symlinkSync("nowhere", join(root, "a/dangling"));
}

describe("readdir", () => {
  test("gives what node:fs gives: names, types, whole trees", async () => {
    using folder = new TemporaryFolder();
    makeTree(folder.path);
    for (const recursive of [false, true]) {
      const typed = await readdir(folder.path, { recursive, withFileTypes: true });
      const types = typed.map((entry) => [
        join(entry.parentPath, entry.name),
        entry.isFile(),
        entry.isDirectory(),
        entry.isSymbolicLink(),
      ]);
      const theirs = node
        .readdirSync(folder.path, { recursive, withFileTypes: true })
        .map((entry) => [
          join(entry.parentPath, entry.name),
          entry.isFile(),
          entry.isDirectory(),
          entry.isSymbolicLink(),
        ]);
      const names = await readdir(folder.path, { recursive });
      const inside = theirs.map(([path]) => relative(folder.path, path as string));
      expect(names.toSorted()).toEqual(inside.toSorted());
      expect(types.map(String).toSorted()).toEqual(theirs.map(String).toSorted());
    }
  });

  test("does not follow symbolic links into directories", async () => {
    using folder = new TemporaryFolder();
    node.mkdirSync(folder.at("a"));
    node.symlinkSync("..", folder.at("a/up"));
    const found = await readdir(folder.path, { recursive: true });
    expect(found.toSorted()).toEqual(["a", "a/up"]);
  });

  test("reads more than one call gives, and names that are not UTF-8", async () => {
    using folder = new TemporaryFolder();
    const odd = Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xff, 0x61])]);
    node.writeFileSync(odd, "");
    // Long names instead of many files, which take half a minute to make on a busy machine.
    for (let index = 0; index < 500; index++) {
      node.writeFileSync(folder.at(`${"n".repeat(200)}${index}`), "");
    }
    const names = await readdir(folder.path, "buffer");
    expect(names.length).toBe(501);
    expect(names.some((name) => name.equals(Buffer.from([0xff, 0x61])))).toBe(true);
    await rm(odd);
    expect((await readdir(folder.path)).length).toBe(500);
    await rm(folder.path, { recursive: true });
    expect(node.existsSync(folder.path)).toBe(false);
  });

  test("fails as node:fs does", async () => {
    using folder = new TemporaryFolder();
    node.writeFileSync(folder.at("a"), "");
    for (const name of ["a", "missing"]) {
      const error = await failureOf(readdir(folder.at(name)));
      const theirs = await failureOf(node.promises.readdir(folder.at(name)));
      const { code, errno, syscall, path, message } = theirs;
      expect(error).toMatchObject({ code, errno, syscall, path, message });
    }
  });
});

describe("mkdir", () => {
  test("says which directory was the first that it made", async () => {
    using folder = new TemporaryFolder();
    expect(await mkdir(folder.at("a/b/c"), { recursive: true })).toBe(folder.at("a"));
    expect(await mkdir(folder.at("a/b/c"), { recursive: true })).toBe(undefined);
    expect(await mkdir(folder.at("a/b/d/"), { recursive: true })).toBe(folder.at("a/b/d/"));
    expect(await mkdir(folder.at("m"), 0o700)).toBe(undefined);
    expect((await stat(folder.at("m"))).mode & 0o777).toBe(0o700);
  });

  test("makes one tree from many sides at once", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("a/b/c/d/e/f");
    await Promise.all(Array.from({ length: 50 }, () => mkdir(path, { recursive: true })));
    expect(node.statSync(path).isDirectory()).toBe(true);
  });

  test("mkdtemp makes what nobody has, for this user only", async () => {
    using folder = new TemporaryFolder();
    const made = await Promise.all(
      Array.from({ length: 20 }, () => mkdtemp(folder.at("temporary-"))),
    );
    expect(new Set(made).size).toBe(20);
    for (const path of made) {
      expect(path).toMatch(/\/temporary-[A-Za-z0-9]{6}$/);
      expect(node.statSync(path).mode & 0o777).toBe(0o700);
    }
    expect(await failureOf(mkdtemp(folder.at("no/x")))).toMatchObject({
      code: "ENOENT",
      syscall: "mkdtemp",
    });
  });
});

describe("rm", () => {
  test("removes a tree without following links out of it", async () => {
    using folder = new TemporaryFolder();
    node.mkdirSync(folder.at("kept"));
    node.writeFileSync(folder.at("kept/file"), "");
    node.mkdirSync(folder.at("gone"));
    makeTree(folder.at("gone"));
    node.symlinkSync("../kept", folder.at("gone/out"));
    await rm(folder.at("gone"), { recursive: true });
    expect(node.readdirSync(folder.path)).toEqual(["kept"]);
    expect(node.readdirSync(folder.at("kept"))).toEqual(["file"]);
  });

  test("goes 300 directories deep", async () => {
    using folder = new TemporaryFolder();
    await mkdir(folder.at("d/".repeat(300)), { recursive: true });
    await rm(folder.at("d"), { recursive: true });
    expect(node.readdirSync(folder.path)).toEqual([]);
  });

  test("removes nothing under a name that it cannot remove in the end", async () => {
    using folder = new TemporaryFolder();
    node.mkdirSync(folder.at("d/inner"), { recursive: true });
    node.symlinkSync("d", folder.at("link"));
    node.symlinkSync("d", folder.at("link\n"));
    const refused: readonly [string, string][] = [
      ["link/", "ENOTDIR: not a directory"],
      ["link\n/", "ENOTDIR: not a directory"],
      ["link//", "ENOTDIR: not a directory"],
      ["link/.", "EINVAL: invalid argument"],
      ["d/.", "EINVAL: invalid argument"],
      ["d/./", "EINVAL: invalid argument"],
      ["d/inner/..", "ENOTEMPTY: directory not empty"],
      ["d/inner/../", "ENOTEMPTY: directory not empty"],
    ];
    for (const [name, text] of refused) {
      // Not of join, which would leave the dot out.
      const path = `${folder.path}/${name}`;
      for (const given of [path, Buffer.from(path)]) {
        const error = await failureOf(rm(given, { recursive: true, force: true }));
        expect(error["message"]).toBe(`${text}, rm '${path}'`);
      }
      expect(node.existsSync(folder.at("d/inner"))).toBe(true);
    }
    await rm(`${folder.path}/d//`, { recursive: true });
    expect(node.readdirSync(folder.path).toSorted()).toEqual(["link", "link\n"]);
  });

  test("does not even begin with the root of all files", () => {
    // Asked of the check alone: if it failed, so would this machine.
    expect(["/", "/.", "/..", "/tmp"].map(refusalByName)).toEqual([-EBUSY, -EINVAL, -ENOTEMPTY, 0]);
  });

  test("fails as Node does, and with force not at all", async () => {
    using folder = new TemporaryFolder();
    node.mkdirSync(folder.at("d"));
    for (const name of ["d", "missing"]) {
      const theirs = await failureOf(node.promises.rm(folder.at(name)));
      const { code, errno, syscall, path, message } = theirs;
      expect(await failureOf(rm(folder.at(name)))).toMatchObject({
        code,
        errno,
        syscall,
        path,
        message,
      });
    }
    await rm(folder.at("missing"), { force: true });
    await rm(folder.at("d"), { force: true, recursive: true });
    expect(node.readdirSync(folder.path)).toEqual([]);
  });
});
