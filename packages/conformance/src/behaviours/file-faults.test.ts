import { describe, expect, test } from "bun:test";
import * as node from "node:fs";
import { tmpdir } from "node:os";
import * as fs from "@bascule/fs";
import { O_DIRECT } from "@bascule/sys";
import { TemporaryFolder } from "@bascule/test-support";
import { injectFaults } from "../support/faults.ts";
import { fileTest } from "../support/file-test.ts";
import { patternBytes } from "../support/pattern.ts";
import { reportOf } from "../support/program.ts";
import { withRandom } from "../support/random.ts";

const SIZE = 6_000_000;

describe("interrupted calls, and reads and writes cut short, are continued:", () => {
  fileTest("every byte is read and written once, at its place", async (folder) => {
    await withRandom(async (random) => {
      const faults = injectFaults(random);
      const content = patternBytes(0, SIZE);
      await using file = await fs.open(folder.at("a"), "w+");
      await file.write(content);
      await file.writeFrom(content.slice().buffer);
      await file.write(content.subarray(0, 2_000_000), { at: 2 * SIZE });
      const expected = [content, content, content.subarray(0, 2_000_000)];
      const hash = Bun.hash(Buffer.concat(expected));
      expect(Bun.hash(node.readFileSync(folder.at("a")))).toBe(hash);
      expect(Bun.hash(await fs.readFile(folder.at("a")))).toBe(hash);
      await using again = await fs.open(folder.at("a"));
      const parts = await Array.fromAsync(again.chunks({ size: 3_500_000 }));
      expect(Bun.hash(Buffer.concat(parts))).toBe(hash);
      const { buffer, bytesRead } = await again.readInto(new ArrayBuffer(SIZE), { at: SIZE });
      expect([bytesRead, Bun.hash(buffer)]).toEqual([SIZE, Bun.hash(content)]);
      expect(faults.interrupted).toBeGreaterThan(10);
      expect(faults.shortened).toBeGreaterThan(10);
    });
  });

  fileTest("past the page cache in whole blocks, and in copies", async (folder) => {
    await withRandom(async (random) => {
      const faults = injectFaults(random, 4096);
      const content = patternBytes(0, 2 << 20);
      await fs.writeFile(folder.at("a"), content, { atomic: true });
      await fs.copyFile(folder.at("a"), folder.at("b"));
      expect(Bun.hash(node.readFileSync(folder.at("b")))).toBe(Bun.hash(content));
      const flags = node.constants.O_RDONLY | O_DIRECT;
      const file = await fs.open(folder.at("b"), flags).catch(() => null);
      if (file === null) {
        process.stderr.write("skip: the file system of the temporary folder has no O_DIRECT\n");
      } else {
        const whole = await file.read({ length: 2 << 20, at: 0 });
        await file.close();
        expect(Bun.hash(whole)).toBe(Bun.hash(content));
      }
      expect(faults.interrupted).toBeGreaterThan(5);
    });
  });

  fileTest("and what is done to names and folders is done once", async (folder) => {
    await withRandom(async (random) => {
      const faults = injectFaults(random);
      for (let round = 0; round < 10; round++) {
        const root = folder.at(`${round}`);
        expect(await fs.mkdir(`${root}/a/b`, { recursive: true })).toBe(root);
        await fs.writeFile(`${root}/f`, "text");
        await fs.link(`${root}/f`, `${root}/g`);
        await fs.symlink("f", `${root}/s`);
        await fs.rename(`${root}/g`, `${root}/a/g`);
        await fs.chmod(`${root}/f`, 0o600);
        await fs.utimes(`${root}/f`, 1, 2);
        await fs.truncate(`${root}/f`, 2);
        expect((await fs.stat(`${root}/a/g`)).size).toBe(2);
        expect(await fs.readlink(`${root}/s`)).toBe("f");
        expect((await fs.readdir(root, { recursive: true })).toSorted()).toEqual([
          "a",
          "a/b",
          "a/g",
          "f",
          "s",
        ]);
        await fs.unlink(`${root}/s`);
        await fs.rm(root, { recursive: true });
      }
      expect(node.readdirSync(folder.path)).toEqual([]);
      expect(faults.interrupted).toBeGreaterThan(50);
    });
  });
});

/** What the program `full-disk` tells of a write that did not fit. */
interface Report {
  readonly code: string;
  readonly bytesWritten: number;
  readonly size: number;
  readonly isIntact: boolean;
  readonly names: readonly string[];
  readonly atomicCode: string;
  readonly isOldContentThere: boolean;
}

const WAYS = ["write", "writeFrom", "appendFile", "writable", "copyFile"];
const NAMESPACES = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"];
/** The folder `$0` becomes a file system of 900 KiB that nobody else sees. */
const SMALL_DISK = 'mount -t tmpfs -o size=900k bascule "$0" && exec "$@"';
/** Files end at 512 KiB; what is beyond is refused, instead of ending the program by a signal. */
const SMALL_FILES = `trap "" XFSZ; exec prlimit --fsize=${512 << 10} "$@"`;

const mayMount = Bun.spawnSync([...NAMESPACES, 'mount -t tmpfs none "$0"', tmpdir()]).success;
if (!mayMount) process.stderr.write("skip: no mount in a namespace of this process's own\n");
const mayLimit = Bun.spawnSync(["prlimit", "--fsize=1000", "true"]).success;
if (!mayLimit) process.stderr.write("skip: there is no prlimit(1)\n");

async function fillDisk(under: readonly string[], how: string): Promise<Report> {
  using folder = new TemporaryFolder();
  using elsewhere = new TemporaryFolder();
  node.writeFileSync(elsewhere.at("source"), patternBytes(0, 3_000_000));
  return await reportOf<Report>("full-disk", {
    under: [...under, folder.path],
    args: [folder.path, how, elsewhere.at("source")],
  });
}

describe.each(WAYS)("where the room ends, %s", (how) => {
  test.skipIf(!mayMount)("says how much a full disk took, and corrupts nothing", async () => {
    const report = await fillDisk([...NAMESPACES, SMALL_DISK], how);
    expect(report).toMatchObject({ code: "ENOSPC", isIntact: true, names: ["a"] });
    expect(report.bytesWritten).toBeGreaterThan(500_000);
    expect(report.size).toBe(report.bytesWritten);
    expect(report).toMatchObject({ atomicCode: "ENOSPC", isOldContentThere: true });
  });

  test.skipIf(!mayLimit)("writes up to the limit of files, and says so", async () => {
    expect(await fillDisk(["sh", "-c", SMALL_FILES], how)).toEqual({
      code: "EFBIG",
      bytesWritten: 512 << 10,
      size: 512 << 10,
      isIntact: true,
      names: ["a"],
      atomicCode: "EFBIG",
      isOldContentThere: true,
    });
  });
});
