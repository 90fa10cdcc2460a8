import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { Folder } from "../test/folder.ts";
import { run, start, until } from "../test/program.ts";

test("content and permissions are copied, also into a directory", async () => {
  using folder = new Folder();
  folder.write("source", "the content");
  chmodSync(folder.at("source"), 0o640);
  mkdirSync(folder.at("place"));
  for (const target of ["target", "place"]) {
    const ended = await run("cp", ["source", target], { folder: folder.path });
    expect(ended).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
  }
  for (const path of ["target", "place/source"]) {
    expect(readFileSync(folder.at(path), "utf8")).toBe("the content");
    expect(statSync(folder.at(path)).mode & 0o777).toBe(0o640 & ~process.umask());
  }
});

test("a large file arrives whole, and the bar moves to its end", async () => {
  using folder = new Folder();
  folder.write("source", "0123456789abcdef".repeat(4 << 20));
  const ended = await run("cp", ["--progress", "source", "target"], { folder: folder.path });
  expect(ended.exitCode).toBe(0);
  expect(ended.stderr.split("\r").length).toBeGreaterThan(3);
  expect(ended.stderr).toEndWith(
    "\r[##############################] 100 %  64.0 of 64.0 MiB\x1b[K\n",
  );
  const [source, target] = ["source", "target"].map((name) => readFileSync(folder.at(name)));
  expect(target?.byteLength).toBe(64 << 20);
  expect(Buffer.compare(source ?? Buffer.alloc(0), target ?? Buffer.alloc(0))).toBe(0);
});

test("a file with a hole of 4 GiB is copied without filling it", async () => {
  using folder = new Folder();
  const byteLength = 4 * 2 ** 30;
  folder.writeSparse("source", byteLength);
  const ended = await run("cp", ["--progress", "source", "target"], { folder: folder.path });
  expect(ended.exitCode).toBe(0);
  expect(ended.stderr).toContain(" 100 % ");
  const target = statSync(folder.at("target"));
  expect(target.size).toBe(byteLength);
  expect(target.blocks * 512).toBeLessThan(1 << 20);
});

test("an empty file, and a target that was longer before", async () => {
  using folder = new Folder();
  folder.write("empty", "");
  folder.write("target", "longer before");
  const ended = await run("cp", ["--progress", "empty", "target"], { folder: folder.path });
  expect(ended.exitCode).toBe(0);
  expect(readFileSync(folder.at("target"), "utf8")).toBe("");
});

test("what cannot be copied is told in a line", async () => {
  using folder = new Folder();
  folder.write("file", "x");
  const cases: [string[], number, string][] = [
    [["absent", "target"], 1, "cp: absent: no such file or directory\n"],
    [[".", "target"], 1, "cp: .: is a directory, which is not copied\n"],
    [["file", "file"], 1, "cp: file and file are the same file\n"],
    [["file", "no/target"], 1, "cp: file -> no/target: no such file or directory\n"],
    [["file"], 2, "cp: Pass a source and a target\nTry --help\n"],
  ];
  const runs = cases.map(([args]) => run("cp", args, { folder: folder.path }));
  const ends = await Promise.all(runs);
  expect(ends.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(
    cases.map(([, exitCode, stderr]) => [exitCode, stderr]),
  );
  expect(readFileSync(folder.at("file"), "utf8")).toBe("x");
});

test("Ctrl-C takes half a target away", async () => {
  using folder = new Folder();
  Bun.spawnSync(["mkfifo", folder.at("endless")]);
  const running = start("cp", ["endless", "target"], folder.path);
  await until(() => existsSync(folder.at("target")));
  running.send("SIGINT");
  expect(await running.end()).toMatchObject({ exitCode: 130, stderr: "" });
  expect(existsSync(folder.at("target"))).toBe(false);
});
