import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { Folder } from "../test/folder.ts";
import { run, start, until } from "../test/program.ts";

function sha256(content: string): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("hex");
}

test("every file of a tree is hashed, in the order of paths, as sha256sum has it", async () => {
  using folder = new Folder();
  const expected: string[] = [];
  for (const name of ["a", "b", "c"]) {
    mkdirSync(folder.at(name));
    for (let index = 10; index < 50; index++) {
      const path = `${name}/${index}`;
      folder.write(path, path.repeat(1000));
      expected.push(`${sha256(path.repeat(1000))}  ${path}`);
    }
  }
  folder.write("d", "");
  symlinkSync("a", folder.at("link"));
  expected.push(`${sha256("")}  d`);
  const ended = await run("hash-tree", [], { folder: folder.path });
  expect(ended.stdout.trimEnd().split("\n")).toEqual(expected);
  expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
});

test("what cannot be walked is told in a line", async () => {
  using folder = new Folder();
  folder.write("file", "x");
  const [absent, file, two] = await Promise.all([
    run("hash-tree", ["absent"], { folder: folder.path }),
    run("hash-tree", ["file"], { folder: folder.path }),
    run("hash-tree", ["one", "two"], { folder: folder.path }),
  ]);
  expect([absent.exitCode, absent.stderr]).toEqual([
    1,
    "hash-tree: absent: no such file or directory\n",
  ]);
  expect([file.exitCode, file.stderr]).toEqual([1, "hash-tree: file: not a directory\n"]);
  expect([two.exitCode, two.stderr]).toEqual([2, "hash-tree: Pass one directory\nTry --help\n"]);
});

test("Ctrl-C ends it at once, though a thread is busy with a file", async () => {
  using folder = new Folder();
  const huge = folder.writeSparse("huge", 20 * 1024 ** 3);
  const running = start("hash-tree", [], folder.path);
  const descriptors = `/proc/${running.pid}/fd`;
  await until(() => readdirSync(descriptors).some((fd) => linkOf(`${descriptors}/${fd}`) === huge));
  running.send("SIGINT");
  expect(await running.end()).toMatchObject({ exitCode: 130, stdout: "", stderr: "" });
});

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    // Closed since the folder was listed.
    if ((error as { code?: string }).code === "ENOENT") return "";
    throw error;
  }
}
