import { describe, expect } from "bun:test";
import * as node from "node:fs";
import { basename, join, relative } from "node:path";
import { lstat, mkdir, mkdtemp, readdir, readlink, rename, rm, symlink } from "@bascule/fs";
import { failureOf } from "../support/failure.ts";
import { fileTest } from "../support/file-test.ts";

function makeTree(root: string): void {
  for (const name of ["a/b/c", "a/d", "e"]) node.mkdirSync(join(root, name), { recursive: true });
  for (const name of ["f", "a/g", "a/b/h", "a/b/c/i"]) node.writeFileSync(join(root, name), name);
  node.symlinkSync("f", join(root, "link"));
  node.symlinkSync("../..", join(root, "a/b/up"));
}

describe("mkdir", () => {
  fileTest("makes what is missing, and says which was the first", async (folder) => {
    expect(await mkdir(folder.at("a/b/c"), { recursive: true })).toBe(folder.at("a"));
    expect(await mkdir(folder.at("a/b/c"), { recursive: true })).toBe(undefined);
    expect(await mkdir(folder.at("a/b/d//e/"), { recursive: true })).toBe(folder.at("a/b/d"));
    expect(await mkdir(folder.at("m"), 0o700)).toBe(undefined);
    expect((await lstat(folder.at("m"))).mode & 0o777).toBe(0o700);
    node.writeFileSync(folder.at("file"), "");
    for (const path of ["file/x", "file/x/y"]) {
      expect(await failureOf(mkdir(folder.at(path), { recursive: true }))).toMatchObject({
        code: "ENOTDIR",
        syscall: "mkdir",
      });
    }
  });

  fileTest("makes one tree from many sides at once", async (folder) => {
    const path = folder.at("a/b/c/d/e/f");
    await Promise.all(Array.from({ length: 50 }, () => mkdir(path, { recursive: true })));
    expect(node.statSync(path).isDirectory()).toBe(true);
  });
});

describe("readdir", () => {
  fileTest("tells names and types, of a folder or of a tree, not over links", async (folder) => {
    makeTree(folder.path);
    const names = await readdir(folder.path);
    expect(names.toSorted()).toEqual(["a", "e", "f", "link"]);
    const all = await readdir(folder.path, { recursive: true, withFileTypes: true });
    const told = all.map((entry) => {
      const kinds = [entry.isFile(), entry.isDirectory(), entry.isSymbolicLink()];
      const at = relative(folder.path, join(entry.parentPath, entry.name));
      return `${at} ${["file", "directory", "link"][kinds.indexOf(true)]}`;
    });
    expect(told.toSorted()).toEqual(
      [
        ["a directory", "a/b directory", "a/b/c directory", "a/b/c/i file", "a/b/h file"],
        ["a/b/up link", "a/d directory", "a/g file", "e directory", "f file", "link link"],
      ].flat(),
    );
    const relatives = await readdir(folder.path, { recursive: true });
    expect(relatives.toSorted()).toEqual(told.map((each) => each.split(" ")[0] ?? "").toSorted());
  });

  fileTest(
    "reads more entries than one call gives, and names that are not UTF-8",
    async (folder) => {
      node.writeFileSync(
        Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xff, 0x61])]),
        "",
      );
      for (let index = 0; index < 500; index++) {
        node.writeFileSync(folder.at(`${"n".repeat(150)}${index}`), "");
      }
      const names = await readdir(folder.path, "buffer");
      expect(names.length).toBe(501);
      expect(names.some((name) => name.equals(Buffer.from([0xff, 0x61])))).toBe(true);
      await rm(folder.path, { recursive: true });
      expect(node.existsSync(folder.path)).toBe(false);
      node.mkdirSync(folder.path);
    },
  );
});

describe("rm", () => {
  fileTest("removes a tree, and follows no link out of it", async (folder) => {
    makeTree(folder.at("."));
    node.symlinkSync("../../e", folder.at("a/b/out"));
    node.writeFileSync(folder.at("e/kept"), "");
    await rm(folder.at("a"), { recursive: true });
    expect(node.readdirSync(folder.path).toSorted()).toEqual(["e", "f", "link"]);
    expect(node.readdirSync(folder.at("e"))).toEqual(["kept"]);
    await rm(folder.at("link"), { recursive: true });
    expect(node.existsSync(folder.at("f"))).toBe(true);
  });

  fileTest("goes hundreds deep, and is told what not to mind", async (folder) => {
    await mkdir(folder.at("d/".repeat(250)), { recursive: true });
    expect(await failureOf(rm(folder.at("d")))).toMatchObject({ code: "ERR_FS_EISDIR" });
    expect(await failureOf(rm(folder.at("no")))).toMatchObject({ code: "ENOENT" });
    await rm(folder.at("no"), { force: true });
    await rm(folder.at("d"), { recursive: true, force: true });
    expect(node.readdirSync(folder.path)).toEqual([]);
  });
});

describe("mkdtemp", () => {
  fileTest("makes what nobody has, for this user only", async (folder) => {
    const making = Array.from({ length: 20 }, () => mkdtemp(folder.at("temporary-")));
    const made = await Promise.all(making);
    expect(new Set(made).size).toBe(20);
    for (const path of made) {
      expect(basename(path)).toMatch(/^temporary-[A-Za-z0-9]{6}$/);
      expect(node.statSync(path).mode & 0o777).toBe(0o700);
    }
    const failure = await failureOf(mkdtemp(folder.at("no/x")));
    expect(failure).toMatchObject({ code: "ENOENT", syscall: "mkdtemp" });
  });
});

describe("names", () => {
  fileTest("move, replace, and are kept as they are in symbolic links", async (folder) => {
    node.writeFileSync(folder.at("a"), "a");
    node.writeFileSync(folder.at("b"), "b");
    await rename(folder.at("a"), folder.at("b"));
    expect(node.readdirSync(folder.path)).toEqual(["b"]);
    expect(node.readFileSync(folder.at("b"), "utf8")).toBe("a");
    const odd = Buffer.from([0x2e, 0xfe, 0x2f]);
    await symlink(odd, folder.at("odd"));
    expect(await readlink(folder.at("odd"), "buffer")).toEqual(odd);
    await symlink("x".repeat(4095), folder.at("longest"));
    expect((await readlink(folder.at("longest"))).length).toBe(4095);
  });
});
