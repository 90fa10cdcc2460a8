import { expect, test } from "bun:test";
import * as node from "node:fs";
import { Runtime } from "@bascule/core";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/outcome.ts";
import { CAN_BE_STRANGER, runAsStranger } from "../test/stranger.ts";
import { readEntries } from "./directory-reader.ts";
import { OpenFile } from "./open-file.ts";
import { readlinkPath, realpath } from "./readlink.ts";

test("a directory that cannot be read once it is open is named by the error", async () => {
  using folder = new TemporaryFolder();
  node.writeFileSync(folder.at("file"), "");
  const file = new OpenFile(Runtime.current(), node.openSync(folder.at("file"), "r"), 0);
  const error = await failureOf(readEntries(file, "/some/where", undefined));
  expect(error["message"]).toBe("ENOTDIR: not a directory, scandir '/some/where'");
  file.close();
});

test("a path on the way to another one is not in the error", async () => {
  const error = await failureOf(readlinkPath("realpath", "/proc/self/fd/x", {}, "/some/where"));
  expect(error["message"]).toBe("ENOENT: no such file or directory, realpath '/some/where'");
});

test("realpath of what has no path is ENOENT, of a strange name it is that name", async () => {
  using folder = new TemporaryFolder();
  const strange = folder.at("a (deleted)");
  node.writeFileSync(folder.at("a"), "");
  const gone = node.openSync(folder.at("a"), "r");
  node.unlinkSync(folder.at("a"));
  const pipe = Bun.spawn(["cat"], { stdin: "pipe", stdout: "ignore" });
  try {
    for (const path of [`/proc/self/fd/${gone}`, `/proc/${pipe.pid}/fd/0`]) {
      for (const isOtherThere of [false, true]) {
        if (isOtherThere) node.writeFileSync(strange, "another file");
        const error = await failureOf(realpath(path));
        expect(error["message"]).toBe(`ENOENT: no such file or directory, realpath '${path}'`);
      }
    }
    expect(await realpath(strange)).toBe(node.realpathSync(strange));
  } finally {
    node.closeSync(gone);
    void pipe.stdin.end();
    await pipe.exited;
  }
});

test("realpath of what is gone is ENOENT, whatever its name or its folder has become", async () => {
  using folder = new TemporaryFolder();
  const long = "x".repeat(250);
  const changes: readonly [string, (parent: string) => void][] = [
    ["a", (parent) => node.writeFileSync(parent, "")],
    ["a", (parent) => node.symlinkSync(parent, parent)],
    [long, (parent) => node.mkdirSync(parent)],
  ];
  for (const [index, [name, change]] of changes.entries()) {
    const parent = folder.at(`${index}`);
    node.mkdirSync(parent);
    const gone = node.openSync(`${parent}/${name}`, "w");
    node.rmSync(parent, { recursive: true });
    change(parent);
    const path = `/proc/self/fd/${gone}`;
    const error = await failureOf(realpath(path));
    expect(error["message"]).toBe(`ENOENT: no such file or directory, realpath '${path}'`);
    node.closeSync(gone);
  }
});

test.skipIf(!CAN_BE_STRANGER)("rm names a directory deep inside by its whole path", () => {
  using folder = new TemporaryFolder();
  const inner = folder.at("a/b/c");
  node.mkdirSync(inner, { recursive: true });
  node.chownSync(inner, 1000, 1000);
  node.chmodSync(inner, 0o700);
  const program = `
    const removal = fs.rm(${JSON.stringify(folder.at("a"))}, { recursive: true });
    await removal.catch((error) => console.log(error.message));
  `;
  expect(runAsStranger(program)).toBe(`EACCES: permission denied, rm '${inner}'\n`);
});
