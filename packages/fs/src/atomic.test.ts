import { describe, expect, test } from "bun:test";
import * as node from "node:fs";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/outcome.ts";
import { CAN_BE_STRANGER, runAsStranger } from "../test/stranger.ts";
import { open } from "./open.ts";
import { appendFile, writeFile } from "./write-file.ts";

const IS_ROOT = process.getuid?.() === 0;
if (!IS_ROOT) console.log("Not run for devices and other owners: only root makes them");
describe("what is no regular file", () => {
  const kinds: readonly [string, boolean, (folder: TemporaryFolder, name: string) => unknown][] = [
    ["a FIFO", true, (folder, name) => folder.fifo(name)],
    [
      "a device",
      IS_ROOT,
      (folder, name) => Bun.spawnSync(["mknod", folder.at(name), "c", "1", "3"]),
    ],
  ];
  for (const [name, canMake, make] of kinds) {
    test.skipIf(!canMake)(`${name} is refused, and stays, also behind a link`, async () => {
      using folder = new TemporaryFolder();
      const path = folder.at("special");
      make(folder, "special");
      node.symlinkSync("special", folder.at("link"));
      const before = node.lstatSync(path);
      for (const given of [path, folder.at("link")]) {
        const error = await failureOf(writeFile(given, "x", { atomic: true }));
        expect(error).toMatchObject({ code: "EINVAL", errno: -22, syscall: "open", path: given });
        expect(error["message"]).toBe(
          `EINVAL: only a regular file can be written with atomic, leave it out, open '${given}'`,
        );
      }
      const { ino, mode, rdev } = node.lstatSync(path);
      expect([ino, mode, rdev]).toEqual([before.ino, before.mode, before.rdev]);
      expect(node.readdirSync(folder.path).toSorted()).toEqual(["link", "special"]);
    });
  }

  test("a directory is refused as by open", async () => {
    using folder = new TemporaryFolder();
    const error = await failureOf(writeFile(folder.path, "x", { atomic: true }));
    expect(error["message"]).toBe(
      `EISDIR: illegal operation on a directory, open '${folder.path}'`,
    );
  });
});

test("errors are about the path that was given, not about the temporary file", async () => {
  using folder = new TemporaryFolder();
  node.writeFileSync(folder.at("file"), "");
  node.symlinkSync("no/where", folder.at("link"));
  node.symlinkSync("loop", folder.at("loop"));
  for (const [name, text] of [
    ["no/file", "ENOENT: no such file or directory"],
    ["file/file", "ENOTDIR: not a directory"],
    ["link", "ENOENT: no such file or directory"],
    ["loop", "ELOOP: too many symbolic links encountered"],
  ] as const) {
    const path = folder.at(name);
    const error = await failureOf(writeFile(path, "x", { atomic: true }));
    expect(error["message"]).toBe(`${text}, open '${path}'`);
    expect(error).toMatchObject({ syscall: "open", path });
    expect(Object.hasOwn(error, "dest")).toBe(false);
  }
});

test.skipIf(!CAN_BE_STRANGER)("where nothing may be made, that is what the error says", () => {
  using folder = new TemporaryFolder();
  node.mkdirSync(folder.at("a"));
  node.chownSync(folder.at("a"), 1000, 1000);
  const path = JSON.stringify(folder.at("a/b"));
  const program = `
    const write = fs.writeFile(${path}, "x", { atomic: true });
    await write.catch((error) => console.log(error.message));
  `;
  expect(runAsStranger(program)).toBe(`EACCES: permission denied, open '${folder.at("a/b")}'\n`);
});

describe("owner and permissions", () => {
  const atomic = { atomic: true };

  test("of a new file are those that it has without atomic", async () => {
    using folder = new TemporaryFolder();
    for (const umask of [0o022, 0o077]) {
      const before = process.umask(umask);
      try {
        for (const mode of [undefined, 0o666, 0o604, 0o755]) {
          const [plain, whole] = [folder.at(`${umask}-${mode}`), folder.at(`${umask}-${mode}-a`)];
          await writeFile(plain, "x", { mode });
          await writeFile(whole, "x", { mode, atomic: true });
          expect(node.statSync(whole).mode).toBe(node.statSync(plain).mode);
          await writeFile(whole, "y", { mode, atomic: true });
          expect(node.statSync(whole).mode).toBe(node.statSync(plain).mode);
        }
      } finally {
        process.umask(before);
      }
    }
  });

  test("are those of the file that is replaced, whatever the umask", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("a");
    for (const mode of [0o666, 0o640, 0o4755, 0o200]) {
      node.writeFileSync(path, "old");
      node.chmodSync(path, mode);
      async function* looking(): AsyncGenerator<string> {
        const temporary = node.readdirSync(folder.path).find((name) => name !== "a") ?? "";
        // Nobody runs half of a program as somebody else.
        expect(node.statSync(folder.at(temporary)).mode & 0o7777).toBe(mode & 0o777);
        yield "new";
      }
      await writeFile(path, looking(), atomic);
      expect(node.statSync(path).mode & 0o7777).toBe(mode);
      node.unlinkSync(path);
    }
  });

  test.skipIf(!IS_ROOT)("of somebody else's file stay, set-user-ID bit and all", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("a");
    node.writeFileSync(path, "old");
    node.chownSync(path, 1000, 1001);
    node.chmodSync(path, 0o4755);
    await writeFile(path, "new", atomic);
    expect(node.statSync(path)).toMatchObject({ uid: 1000, gid: 1001, mode: 0o104755 });
    await writeFile(path, "new", { atomic: true, mode: 0o640 });
    expect(node.statSync(path)).toMatchObject({ uid: 1000, gid: 1001, mode: 0o100640 });
  });

  test.skipIf(!CAN_BE_STRANGER)("set-ID bits stay that every write takes away", () => {
    using folder = new TemporaryFolder();
    const path = folder.at("a");
    node.writeFileSync(path, "old");
    for (const mode of [0o4755, 0o2755, 0o6755]) {
      node.chmodSync(path, mode);
      runAsStranger(`await fs.writeFile(${JSON.stringify(path)}, "new", { atomic: true });`);
      expect(node.statSync(path).mode & 0o7777).toBe(mode);
    }
  });

  test.skipIf(!CAN_BE_STRANGER)("the set-ID bits go where the owner may not be kept", () => {
    using folder = new TemporaryFolder();
    const path = folder.at("a");
    node.writeFileSync(path, "old");
    node.chownSync(path, 1000, 1001);
    node.chmodSync(path, 0o6755);
    runAsStranger(`await fs.writeFile(${JSON.stringify(path)}, "new", { atomic: true });`);
    expect(node.readFileSync(path, "utf8")).toBe("new");
    expect(node.statSync(path)).toMatchObject({ uid: 0, gid: 0, mode: 0o100755 });
  });
});

describe("the flag", () => {
  test('"wx" makes a new file, and leaves what is there', async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("a");
    await writeFile(path, "first", { atomic: true, flag: "wx" });
    node.symlinkSync("nowhere", folder.at("link"));
    for (const given of [path, folder.at("link"), folder.path]) {
      const error = await failureOf(writeFile(given, "x", { atomic: true, flag: "wx" }));
      expect(error["message"]).toBe(`EEXIST: file already exists, open '${given}'`);
    }
    expect(node.readFileSync(path, "utf8")).toBe("first");
    expect(node.readdirSync(folder.path).toSorted()).toEqual(["a", "link"]);
  });

  test('"wx" leaves what appears while it writes', async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("a");
    async function* late(): AsyncGenerator<string> {
      yield "ours";
      node.writeFileSync(path, "theirs");
    }
    const error = await failureOf(writeFile(path, late(), { atomic: true, flag: "wx" }));
    expect(error["message"]).toBe(`EEXIST: file already exists, rename '${path}'`);
    expect(node.readFileSync(path, "utf8")).toBe("theirs");
    expect(node.readdirSync(folder.path)).toEqual(["a"]);
  });

  test("may be given as a number", async () => {
    using folder = new TemporaryFolder();
    const { O_CREAT, O_TRUNC, O_WRONLY } = node.constants;
    const flag = O_WRONLY | O_CREAT | O_TRUNC;
    await writeFile(folder.at("a"), "new", { atomic: true, flag });
    expect(node.readFileSync(folder.at("a"), "utf8")).toBe("new");
  });

  test("that would keep something of the file is refused, and nothing is touched", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("a");
    node.writeFileSync(path, "old");
    for (const flag of ["a", "ax", "r+", "w+", "as", node.constants.O_WRONLY]) {
      const error = await failureOf(writeFile(path, "x", { atomic: true, flag }));
      expect(error).toMatchObject({ name: "TypeError", code: "ERR_INVALID_ARG_VALUE" });
      expect(error["message"]).toBe(
        `The argument 'flag' must be "w" or "wx" with atomic, or leave atomic out. ` +
          `Received ${typeof flag === "string" ? `'${flag}'` : flag}`,
      );
    }
    for (const options of [{ atomic: true }, { atomic: true, flag: "w" }]) {
      const error = await failureOf(appendFile(path, "x", options));
      expect(error["message"]).toBe(
        "The argument 'atomic' cannot be used with appendFile: read the file, and write all of " +
          "it. Received true",
      );
    }
    expect(node.readFileSync(path, "utf8")).toBe("old");
  });

  test("is nothing to an open file, which cannot be replaced", async () => {
    using folder = new TemporaryFolder();
    await using file = await open(folder.at("a"), "w");
    const error = await failureOf(writeFile(file, "x", { atomic: true }));
    expect(error).toMatchObject({ name: "TypeError", code: "ERR_INVALID_ARG_VALUE" });
    expect(node.statSync(folder.at("a")).size).toBe(0);
  });
});
