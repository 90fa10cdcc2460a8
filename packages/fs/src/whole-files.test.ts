import { describe, expect, test } from "bun:test";
import * as node from "node:fs";
import { pathToFileURL } from "node:url";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf, outcomeOf } from "../test/outcome.ts";
import { CAN_BE_STRANGER, runAsStranger } from "../test/stranger.ts";
import { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE, copyFile } from "./copy-file.ts";
import { open } from "./open.ts";
import { readFile } from "./read-file.ts";
import { appendFile, writeFile } from "./write-file.ts";

describe("readFile", () => {
  test("gives bytes, or text in any encoding, of a path, a URL or bytes", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("ä b");
    node.writeFileSync(path, "grün\n");
    expect(await readFile(path)).toEqual(Buffer.from("grün\n"));
    expect(await readFile(path, "utf8")).toBe("grün\n");
    expect(await readFile(pathToFileURL(path), { encoding: "latin1" })).toBe("grÃ¼n\n");
    expect(await readFile(Buffer.from(path), "hex")).toBe("6772c3bc6e0a");
    expect(await outcomeOf(() => readFile(path, "utf9" as never))).toEqual({
      code: "ERR_INVALID_ARG_VALUE",
    });
  });

  test("reads what has no size, and what has none at all", async () => {
    using folder = new TemporaryFolder();
    node.writeFileSync(folder.at("empty"), "");
    expect((await readFile(folder.at("empty"))).byteLength).toBe(0);
    expect(await readFile("/proc/self/cmdline")).toEqual(node.readFileSync("/proc/self/cmdline"));
    expect(await readFile("/proc/cpuinfo", "utf8")).toContain("processor");
    expect((await readFile("/dev/null")).byteLength).toBe(0);
  });

  test.each([1, 4096, 262_144, 262_145, 1_048_576, 1_048_577, 5_000_001])(
    "reads %p bytes as they are",
    async (byteLength) => {
      using folder = new TemporaryFolder();
      const content = Uint8Array.from({ length: byteLength }, (_, index) => (index * 31) % 253);
      node.writeFileSync(folder.at("a"), content);
      expect(Bun.hash(await readFile(folder.at("a")))).toBe(Bun.hash(content));
    },
  );

  test("reads the rest of an open file", async () => {
    using folder = new TemporaryFolder();
    node.writeFileSync(folder.at("a"), "0123456789");
    await using file = await open(folder.at("a"));
    await file.read({ length: 4 });
    expect(await readFile(file, "utf8")).toBe("456789");
  });

  test("many at once", async () => {
    using folder = new TemporaryFolder();
    const names = Array.from({ length: 300 }, (_, index) => folder.at(`${index}`));
    await Promise.all(names.map((name) => writeFile(name, name.repeat(50))));
    const contents = await Promise.all(names.map((name) => readFile(name, "utf8")));
    expect(contents).toEqual(names.map((name) => name.repeat(50)));
  });
});

describe("writeFile", () => {
  test("takes text, views, buffers, and pieces that come one by one", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("a");
    for (const [data, expected] of [
      ["text", "text"],
      [new Uint8Array([65, 66]), "AB"],
      [new DataView(new Uint8Array([65, 66, 67]).buffer, 1), "BC"],
      [new Uint8Array([65]).buffer, "A"],
      [["a", "b", new Uint8Array([67])], "abC"],
      ["", ""],
      ["x".repeat(1_200_000), "x".repeat(1_200_000)],
    ] as const) {
      await writeFile(path, data);
      expect(node.readFileSync(path, "utf8")).toBe(expected);
    }
    await writeFile(path, "fffe", { encoding: "hex", flush: true });
    expect(node.readFileSync(path)).toEqual(Buffer.from([255, 254]));
    await appendFile(path, "!");
    expect(node.readFileSync(path).byteLength).toBe(3);
    expect(await outcomeOf(() => writeFile(path, 5 as never))).toEqual({
      code: "ERR_INVALID_ARG_TYPE",
    });
    expect(node.readFileSync(path).byteLength).toBe(3);
  });

  test("atomic replaces all or nothing, and keeps permissions and symbolic links", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("a");
    node.writeFileSync(path, "old");
    node.chmodSync(path, 0o640);
    node.symlinkSync("a", folder.at("link"));
    const before = node.openSync(path, "r");
    await writeFile(folder.at("link"), "new", { atomic: true });
    expect(node.readFileSync(before, "utf8")).toBe("old");
    node.closeSync(before);
    expect(node.readFileSync(path, "utf8")).toBe("new");
    expect(node.statSync(path).mode & 0o777).toBe(0o640);
    expect(node.readlinkSync(folder.at("link"))).toBe("a");
    await writeFile(path, "b", { atomic: true, mode: 0o600 });
    expect(node.statSync(path).mode & 0o777).toBe(0o600);
    async function* failing(): AsyncGenerator<string> {
      yield "half";
      throw new Error("no more");
    }
    const error = await failureOf(writeFile(path, failing(), { atomic: true }));
    expect(error["message"]).toBe("no more");
    expect(node.readFileSync(path, "utf8")).toBe("b");
    expect(node.readdirSync(folder.path).toSorted()).toEqual(["a", "link"]);
  });

  test("on a full disk says how much was written, and leaves that", async () => {
    using mount = mountSmall();
    if (mount === null) {
      console.log("not run: no permission to mount a small tmpfs");
      return;
    }
    const path = `${mount.path}/a`;
    await writeFile(path, "kept");
    const error = await failureOf(appendFile(path, "x".repeat(3_000_000)));
    expect(error).toMatchObject({ code: "ENOSPC", syscall: "write", errno: -28 });
    const written = error["bytesWritten"] as number;
    expect(written).toBeGreaterThan(500_000);
    const content = node.readFileSync(path, "utf8");
    expect(content.length).toBe(4 + written);
    expect(content.startsWith("kept") && /^x+$/.test(content.slice(4))).toBe(true);
    const atomic = await failureOf(writeFile(path, "y".repeat(3_000_000), { atomic: true }));
    expect(atomic["code"]).toBe("ENOSPC");
    expect(node.readdirSync(mount.path)).toEqual(["a"]);
    expect(node.readFileSync(path, "utf8")).toBe(content);
  });
});

describe("copyFile", () => {
  test("copies content and permissions, and tells how far it is", async () => {
    using folder = new TemporaryFolder();
    const content = Buffer.alloc(40_000_000, "abcdefg");
    node.writeFileSync(folder.at("a"), content, { mode: 0o700 });
    const progress: number[] = [];
    const onProgress = ({ bytesCopied }: { bytesCopied: number }): void =>
      void progress.push(bytesCopied);
    await copyFile(folder.at("a"), folder.at("b"), { onProgress });
    expect(Bun.hash(node.readFileSync(folder.at("b")))).toBe(Bun.hash(content));
    expect(node.statSync(folder.at("b")).mode & 0o777).toBe(0o700);
    expect(progress.at(-1)).toBe(40_000_000);
    expect(progress.length).toBeGreaterThan(1);
  });

  test("leaves the permissions of the source, whatever the target and the umask say", async () => {
    using folder = new TemporaryFolder();
    const before = process.umask(0o077);
    // Who is not root loses set-ID bits by writing. Bun's copy gives them back, Node's does not.
    const isRoot = process.getuid?.() === 0;
    try {
      for (const mode of [0o751, 0o644, isRoot ? 0o4755 : 0o755, 0o1777, 0o400]) {
        const [source, ours, theirs] = [folder.at("a"), folder.at("ours"), folder.at("theirs")];
        node.writeFileSync(source, "new");
        node.chmodSync(source, mode);
        for (const isThere of [false, true]) {
          for (const [target, copy] of [
            [ours, copyFile] as const,
            [theirs, node.copyFileSync] as const,
          ]) {
            node.rmSync(target, { force: true });
            if (isThere) node.writeFileSync(target, "longer than before", { mode: 0o600 });
            await copy(source, target);
          }
          expect(node.readFileSync(ours, "utf8")).toBe("new");
          expect(node.statSync(ours).mode).toBe(node.statSync(theirs).mode);
        }
        node.rmSync(source);
      }
    } finally {
      process.umask(before);
    }
  });

  test.skipIf(!CAN_BE_STRANGER)("to somebody else's file is EPERM, and his content stays", () => {
    using folder = new TemporaryFolder();
    const [source, target] = [folder.at("a"), folder.at("b")];
    node.writeFileSync(source, "new", { mode: 0o640 });
    node.writeFileSync(target, "old");
    node.chownSync(target, 1000, 1000);
    node.chmodSync(target, 0o666);
    const program = `
      const copy = fs.copyFile(${JSON.stringify(source)}, ${JSON.stringify(target)});
      await copy.catch((error) => console.log(error.code, error.path, error.dest));
    `;
    expect(runAsStranger(program)).toBe(`EPERM ${source} ${target}\n`);
    expect(node.readFileSync(target, "utf8")).toBe("old");
    expect(node.statSync(target).mode & 0o777).toBe(0o666);
  });

  test("copies what has no size, and between file systems", async () => {
    using folder = new TemporaryFolder();
    using memory = new TemporaryFolder("/dev/shm");
    await copyFile("/proc/self/status", folder.at("status"));
    expect(node.readFileSync(folder.at("status"), "utf8")).toContain("Threads:");
    node.writeFileSync(folder.at("a"), "longer than before");
    node.writeFileSync(memory.at("a"), "x".repeat(5000));
    await copyFile(folder.at("a"), memory.at("a"));
    expect(node.readFileSync(memory.at("a"), "utf8")).toBe("longer than before");
  });

  test("refuses what Node refuses", async () => {
    using folder = new TemporaryFolder();
    const [a, b] = [folder.at("a"), folder.at("b")];
    node.writeFileSync(a, "a");
    node.writeFileSync(b, "b");
    const error = await failureOf(copyFile(a, b, COPYFILE_EXCL));
    expect(error).toMatchObject({ code: "EEXIST", syscall: "copyfile", path: a, dest: b });
    expect(error["message"]).toBe(`EEXIST: file already exists, copyfile '${a}' -> '${b}'`);
    expect(await failureOf(copyFile(folder.path, b))).toMatchObject({ code: "EISDIR" });
    expect(await failureOf(copyFile(a, b, COPYFILE_FICLONE_FORCE))).toMatchObject({
      code: "ENOTSUP",
    });
    await copyFile(a, a);
    expect(node.readFileSync(a, "utf8")).toBe("a");
  });
});

/** A file system of a megabyte, where this process may mount one. */
function mountSmall(): (Disposable & { path: string }) | null {
  const folder = new TemporaryFolder();
  const options = ["-t", "tmpfs", "-o", "size=1m", "bascule", folder.path];
  const mounted = Bun.spawnSync(["mount", ...options]).success;
  if (!mounted) {
    folder[Symbol.dispose]();
    return null;
  }
  return {
    path: folder.path,
    [Symbol.dispose](): void {
      Bun.spawnSync(["umount", folder.path]);
      folder[Symbol.dispose]();
    },
  };
}
