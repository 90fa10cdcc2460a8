import { describe, expect } from "bun:test";
import * as node from "node:fs";
import { pathToFileURL } from "node:url";
import { spawn } from "@bascule/core";
import {
  appendFile,
  COPYFILE_EXCL,
  COPYFILE_FICLONE,
  COPYFILE_FICLONE_FORCE,
  copyFile,
  open,
  readFile,
  writeFile,
} from "@bascule/fs";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../support/failure.ts";
import { fileTest } from "../support/file-test.ts";
import { patternBytes } from "../support/pattern.ts";

const MEMORY_FOLDER = "/dev/shm";

describe("readFile", () => {
  fileTest("gives bytes of every size, or text", async (folder) => {
    for (const byteLength of [0, 1, 4096, 262_145, 1_048_577, 5_000_001]) {
      const content = patternBytes(0, byteLength);
      node.writeFileSync(folder.at("a"), content);
      expect(Bun.hash(await readFile(folder.at("a")))).toBe(Bun.hash(content));
    }
    node.writeFileSync(folder.at("ä b"), "grün");
    expect(await readFile(folder.at("ä b"), "utf8")).toBe("grün");
    expect(await readFile(pathToFileURL(folder.at("ä b")), { encoding: "hex" })).toBe("6772c3bc6e");
  });

  fileTest("reads the rest of an open file, and hundreds at once", async (folder) => {
    node.writeFileSync(folder.at("a"), "0123456789");
    await using file = await open(folder.at("a"));
    await file.read({ length: 4 });
    expect(await readFile(file, "utf8")).toBe("456789");
    const names = Array.from({ length: 300 }, (_, index) => folder.at(`${index}`));
    await Promise.all(names.map((name) => writeFile(name, name.repeat(40))));
    const contents = await Promise.all(names.map((name) => readFile(name, "utf8")));
    expect(contents).toEqual(names.map((name) => name.repeat(40)));
  });
});

describe("writeFile", () => {
  fileTest("takes the place of what was there; appendFile goes after it", async (folder) => {
    const path = folder.at("a");
    await writeFile(path, "a longer text that was there before");
    await writeFile(path, "text");
    await appendFile(path, new Uint8Array([33]));
    await appendFile(path, ["a", "b"]);
    expect(node.readFileSync(path, "utf8")).toBe("text!ab");
    await writeFile(path, "fffe", { encoding: "hex", flush: true, mode: 0o600 });
    expect(node.readFileSync(path)).toEqual(Buffer.from([255, 254]));
    await writeFile(folder.at("b"), patternBytes(0, 3_000_000), { mode: 0o600 });
    expect(node.statSync(folder.at("b")).mode & 0o777).toBe(0o600);
    expect(node.statSync(folder.at("b")).size).toBe(3_000_000);
    const exists = failureOf(writeFile(path, "", { flag: "wx" }));
    expect(await exists).toMatchObject({ code: "EEXIST", syscall: "open", path });
  });

  fileTest("with atomic, readers see the old content or the new, never a part", async () => {
    // Where nothing waits for a disk, there is more of the race.
    using folder = new TemporaryFolder(MEMORY_FOLDER);
    const path = folder.at("a");
    const contents = ["x", "y"].map((letter) => letter.repeat(200_000));
    await writeFile(path, contents[0] as string);
    let isOver = false;
    const writing = spawn(async () => {
      for (let round = 0; round < 20; round++) {
        await writeFile(path, contents[round % 2] as string, { atomic: true });
      }
      isOver = true;
    });
    let reads = 0;
    while (!isOver) {
      const text = await readFile(path, "utf8");
      if (!contents.includes(text)) throw new Error(`A part was seen: ${text.length} bytes`);
      reads++;
    }
    await writing;
    expect(reads).toBeGreaterThan(0);
    expect(node.readdirSync(folder.path)).toEqual(["a"]);
  });

  fileTest(
    "with atomic keeps permissions and links, and a failure leaves no trace",
    async (folder) => {
      const path = folder.at("a");
      node.writeFileSync(path, "old");
      node.chmodSync(path, 0o640);
      node.symlinkSync("a", folder.at("link"));
      await writeFile(folder.at("link"), "new", { atomic: true });
      expect(node.readFileSync(path, "utf8")).toBe("new");
      expect(node.statSync(path).mode & 0o777).toBe(0o640);
      expect(node.readlinkSync(folder.at("link"))).toBe("a");
      async function* failing(): AsyncGenerator<string> {
        yield "half";
        throw new Error("no more");
      }
      const error = failureOf(writeFile(path, failing(), { atomic: true }));
      expect(await error).toMatchObject({ message: "no more" });
      node.mkdirSync(folder.at("d"));
      expect(await failureOf(writeFile(folder.at("d"), "", { atomic: true }))).toMatchObject({
        code: "EISDIR",
      });
      expect(node.readdirSync(folder.path).toSorted()).toEqual(["a", "d", "link"]);
      expect(node.readFileSync(path, "utf8")).toBe("new");
    },
  );
});

describe("copyFile", () => {
  fileTest("copies content and permissions, also between file systems", async (folder) => {
    const content = patternBytes(0, 20_000_000);
    node.writeFileSync(folder.at("a"), content, { mode: 0o700 });
    const progress: number[] = [];
    await copyFile(folder.at("a"), folder.at("b"), {
      mode: COPYFILE_FICLONE,
      onProgress: ({ bytesCopied }) => void progress.push(bytesCopied),
    });
    expect([progress.at(-1), node.statSync(folder.at("b")).mode & 0o777]).toEqual([
      20_000_000, 0o700,
    ]);
    using memory = new TemporaryFolder(MEMORY_FOLDER);
    // Another file system: the kernel may refuse, and then the bytes go through memory.
    node.writeFileSync(memory.at("a"), "x".repeat(50_000));
    node.truncateSync(folder.at("a"), 3_000_000);
    await copyFile(folder.at("a"), memory.at("a"));
    await copyFile(memory.at("a"), folder.at("c"));
    for (const [path, byteLength] of [
      [folder.at("b"), 20_000_000],
      [memory.at("a"), 3_000_000],
      [folder.at("c"), 3_000_000],
    ] as const) {
      expect(Bun.hash(node.readFileSync(path))).toBe(Bun.hash(content.subarray(0, byteLength)));
    }
  });

  fileTest(
    "copies what says that it is empty, keeps what is newer, refuses what Node does",
    async (folder) => {
      const [a, b] = [folder.at("a"), folder.at("b")];
      await copyFile("/proc/self/status", a);
      expect(node.readFileSync(a, "utf8")).toContain("Threads:");
      // It came with the permissions of /proc, which let only root write.
      node.chmodSync(a, 0o600);
      await copyFile(a, a);
      expect(node.readFileSync(a, "utf8")).toContain("Threads:");
      node.writeFileSync(b, "");
      expect(await failureOf(copyFile(a, b, COPYFILE_EXCL))).toMatchObject({
        code: "EEXIST",
        syscall: "copyfile",
        path: a,
        dest: b,
      });
      expect(await failureOf(copyFile(folder.path, b))).toMatchObject({ code: "EISDIR" });
      const forced = failureOf(copyFile(a, b, COPYFILE_FICLONE_FORCE));
      expect(await forced).toMatchObject({ code: "ENOTSUP" });
      expect(node.readFileSync(b, "utf8")).toBe("");
    },
  );

  fileTest(
    "that is aborted says how much it copied, and removes a target that is new",
    async (folder) => {
      node.writeFileSync(folder.at("a"), Buffer.alloc(40_000_000, 7));
      const controller = new AbortController();
      const { signal } = controller;
      let copied = 0;
      const onProgress = (progress: { bytesCopied: number }): void => {
        copied = progress.bytesCopied;
        controller.abort();
      };
      const copying = copyFile(folder.at("a"), folder.at("b"), { signal, onProgress });
      const error = await failureOf(copying);
      expect(error).toMatchObject({ name: "AbortError", bytesWritten: copied });
      expect(copied).toBeLessThan(40_000_000);
      expect(node.readdirSync(folder.path)).toEqual(["a"]);
    },
  );
});
