import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { Folder } from "../test/folder.ts";
import { run, shell, start, until } from "../test/program.ts";

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

test("sha256sum finds every file again, whatever bytes its name has", async () => {
  using folder = new Folder();
  folder.write("plain", "x");
  const names = ["new\nline", "back\\slash", "re\rturn", "\xff\xfe", "d\xff/\xe4"];
  mkdirSync(Buffer.from(`${folder.path}/d\xff`, "latin1"));
  for (const name of names) writeFileSync(Buffer.from(`${folder.path}/${name}`, "latin1"), name);
  const line = 'sums=$($hashTree .); sha256sum --quiet -c - <<< "$sums" && wc -l <<< "$sums"';
  expect((await shell(line, folder.path)).trim()).toBe("6");
});

test("what cannot be read is told in a line, though others are due first", async () => {
  using folder = new Folder();
  folder.writeSparse("0", 64 << 20);
  const name = "d".repeat(199);
  const deep = Array.from({ length: 20 }, () => name).join("/");
  // Paths of more than 4095 bytes cannot be opened.
  await shell(
    `mkdir -p ${deep}; cd ${deep}; for i in 1 2 3; do touch ${name}$i; done`,
    folder.path,
  );
  try {
    const ended = await run("hash-tree", [], { folder: folder.path });
    const said = [1, 2, 3].map((index) => `hash-tree: ${deep}/${name}${index}: name too long\n`);
    expect(ended).toMatchObject({ exitCode: 1, stderr: said.join("") });
    expect(ended.stdout).toEndWith("  0\n");
  } finally {
    // Such paths are too much for rmSync as well.
    await shell(`rm -r ${name}`, folder.path);
  }
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
