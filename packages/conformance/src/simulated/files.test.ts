import { describe, expect, test } from "bun:test";
import { constants } from "node:fs";
import { sleep } from "@bascule/core";
import {
  access,
  appendFile,
  chmod,
  copyFile,
  exists,
  type File,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from "@bascule/fs";
import { explore, simulate, type World } from "@bascule/sim";
import { failureOf } from "../support/failure.ts";
import { patternBytes } from "../support/pattern.ts";

const SEEDS = 20;

/** Does the same with every seed, among all that a correct program does not notice. */
async function withEverySeed(body: (world: World) => Promise<void>): Promise<void> {
  const { runs } = await explore({ seeds: SEEDS, hosts: ["disk"], faults: "benign" }, body);
  expect(runs).toBe(SEEDS);
}

async function bytesOf(path: string): Promise<Uint8Array> {
  return new Uint8Array((await readFile(path)) as Uint8Array);
}

/** Large arrays are not to be printed. */
async function expectContent(path: string, expected: Uint8Array): Promise<void> {
  const bytes = await bytesOf(path);
  expect(bytes.byteLength).toBe(expected.byteLength);
  expect(Buffer.compare(bytes, expected)).toBe(0);
}

describe("files in memory behave as on a disk", () => {
  test("what is written is read, through short counts and interrupted calls", async () => {
    await withEverySeed(async () => {
      const content = patternBytes(0, 200_000);
      await writeFile("/tmp/file", content);
      await expectContent("/tmp/file", content);
      await appendFile("/tmp/file", "the end");
      expect((await stat("/tmp/file")).size).toBe(200_007);
      await truncate("/tmp/file", 10);
      await expectContent("/tmp/file", content.slice(0, 10));
      await copyFile("/tmp/file", "/tmp/copy");
      await expectContent("/tmp/copy", content.slice(0, 10));
    });
  });

  test("an open file has a position, and positions of the caller's", async () => {
    await withEverySeed(async () => {
      await using file: File = await open("/tmp/file", "w+");
      await file.write("0123456789");
      await file.write("ab", { at: 4 });
      expect(new TextDecoder().decode(await file.read({ length: 100, at: 0 }))).toBe("0123ab6789");
      const { bytesRead, buffer } = await file.readInto(new ArrayBuffer(4), { at: 2 });
      expect(new TextDecoder().decode(new Uint8Array(buffer, 0, bytesRead))).toBe("23ab");
      await file.writeFrom(new TextEncoder().encode("zz").buffer, { at: 0 });
      await file.sync();
      expect(await readFile("/tmp/file", "utf8")).toBe("zz23ab6789");
    });
  });

  test("directories, links and names", async () => {
    await withEverySeed(async () => {
      await mkdir("/a/b/c", { recursive: true });
      await writeFile("/a/b/file", "text");
      await symlink("b/file", "/a/link");
      await link("/a/b/file", "/a/b/c/second");
      expect((await readdir("/a", { recursive: true })).toSorted()).toEqual([
        "b",
        "b/c",
        "b/c/second",
        "b/file",
        "link",
      ]);
      expect(await readFile("/a/link", "utf8")).toBe("text");
      expect(await readlink("/a/link")).toBe("b/file");
      expect(await realpath("/a/link")).toBe("/a/b/file");
      expect((await lstat("/a/link")).isSymbolicLink()).toBe(true);
      expect((await stat("/a/b/file")).nlink).toBe(2);
      await rename("/a/b/file", "/a/renamed");
      expect(await exists("/a/link")).toBe(false);
      await unlink("/a/renamed");
      expect(await readFile("/a/b/c/second", "utf8")).toBe("text");
      await rm("/a", { recursive: true });
      expect(await readdir("/")).toEqual(["tmp"]);
      expect(await mkdtemp("/tmp/x-")).toMatch(/^\/tmp\/x-\w{6}$/);
    });
  });

  test("permissions and times are kept, and time is the world's", async () => {
    await simulate({ faults: "none" }, async () => {
      await writeFile("/tmp/file", "text");
      await chmod("/tmp/file", 0o755);
      await access("/tmp/file", 1);
      await utimes("/tmp/file", 1000, 2000.5);
      const { mode, atimeMs, mtimeMs, birthtimeMs } = await stat("/tmp/file");
      expect({ mode: mode & 0o777, atimeMs, mtimeMs }).toEqual({
        mode: 0o755,
        atimeMs: 1_000_000,
        mtimeMs: 2_000_500,
      });
      expect(birthtimeMs).toBe(Date.UTC(2026, 0, 1));
    });
  });

  test("cutting off moves a file's time, and a directory has a link from each within", async () => {
    await simulate({ faults: "none" }, async () => {
      await mkdir("/tmp/directory/one", { recursive: true });
      await mkdir("/tmp/directory/two");
      expect((await stat("/tmp/directory")).nlink).toBe(4);
      await writeFile("/tmp/file", "text");
      const { mtimeMs } = await stat("/tmp/file");
      await sleep(1000);
      await using file = await open("/tmp/file", "w");
      expect((await file.stat()).mtimeMs).toBeWithin(mtimeMs + 1000, mtimeMs + 1001);
      await sleep(1000);
      await file.truncate(0);
      expect((await file.stat()).mtimeMs).toBeWithin(mtimeMs + 2000, mtimeMs + 2001);
      await file.write("", { at: 100 });
      expect((await file.stat()).size).toBe(0);
    });
  });

  test("opening without a descriptor left makes nothing, and looks for nothing", async () => {
    await simulate({ faults: "none" }, async () => {
      await using files = new AsyncDisposableStack();
      await writeFile("/tmp/file", "text");
      const fill = async (): Promise<never> => {
        for (;;) files.use(await open("/tmp/file"));
      };
      expect(await failureOf(fill())).toMatchObject({ code: "EMFILE" });
      expect(await failureOf(open("/tmp/new", "w"))).toMatchObject({ code: "EMFILE" });
      expect(await failureOf(open("/tmp/nowhere"))).toMatchObject({ code: "EMFILE" });
      expect(await failureOf(open("/tmp/file", "w"))).toMatchObject({ code: "EMFILE" });
      await files.disposeAsync();
      expect(await readdir("/tmp")).toEqual(["file"]);
      expect(await readFile("/tmp/file", "utf8")).toBe("text");
    });
  });

  test("errors have Node's codes", async () => {
    await simulate({ faults: "none" }, async () => {
      await writeFile("/tmp/file", "text");
      const failures: [Promise<unknown>, string][] = [
        [readFile("/nowhere"), "ENOENT"],
        [readFile("/tmp"), "EISDIR"],
        [readFile("/tmp/file/below"), "ENOTDIR"],
        [open("/tmp/file", "wx"), "EEXIST"],
        [mkdir("/tmp/file"), "EEXIST"],
        [rename("/tmp", "/tmp/below"), "EINVAL"],
        [rename("/tmp/file", "/tmp"), "ENOTEMPTY"],
        [rename("/tmp/file", "/"), "EBUSY"],
        [readlink("/tmp/file"), "EINVAL"],
      ];
      for (const [failing, code] of failures) {
        expect(await failureOf(failing)).toMatchObject({ code, driver: "sim" });
      }
      await symlink("/tmp/loop", "/tmp/loop");
      expect(await failureOf(readFile("/tmp/loop"))).toMatchObject({ code: "ELOOP" });
    });
  });

  test("each host has files of its own", async () => {
    await simulate({ hosts: ["disk"], faults: "none" }, async (world) => {
      await world.host("disk").run(() => writeFile("/tmp/file", "text"));
      expect(await exists("/tmp/file")).toBe(false);
      expect(await world.host("disk").run(() => exists("/tmp/file"))).toBe(true);
    });
  });
});

describe("disks that fail", () => {
  /** Does something over again for as long as the disk fails. */
  async function withoutErrors<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        expect(error).toMatchObject({ code: "EIO" });
      }
    }
  }

  test("EIO and ENOSPC reach the caller, and a write says how far it came", async () => {
    await simulate({ faults: { ioErrors: 1 } }, async () => {
      expect(await failureOf(writeFile("/tmp/file", "text"))).toMatchObject({ code: "EIO" });
    });
    const codes = new Set<unknown>();
    for (let seed = 0; seed < 20; seed++) {
      await simulate({ seed, faults: { fullDisks: 0.2, shortCounts: 0.9 } }, async () => {
        const content = patternBytes(0, 100_000);
        const error = await writeFile("/tmp/file", content).catch((reason: unknown) => reason);
        if (error === undefined) return;
        const { code, bytesWritten = 0 } = error as { code: string; bytesWritten?: number };
        codes.add(code);
        if (!(await exists("/tmp/file"))) return;
        await expectContent("/tmp/file", content.slice(0, bytesWritten));
      });
    }
    expect([...codes]).toEqual(["ENOSPC"]);
  });

  test("a read that fails half way is no end, and takes nothing out of the file", async () => {
    const content = patternBytes(0, 3000);
    let [reads, tries] = [0, 0];
    for (let seed = 0; seed < 40; seed++) {
      await simulate({ seed, faults: { ioErrors: 0.2, shortCounts: 0.9 } }, async () => {
        const length = content.byteLength;
        const readings: ((file: File) => Promise<Uint8Array>)[] = [
          () => readFile("/tmp/file"),
          (file) => file.read({ length, at: 0 }),
          (file) => file.read({ length }),
        ];
        await withoutErrors(() => writeFile("/tmp/file", content));
        await using file = await withoutErrors(() => open("/tmp/file"));
        for (const read of readings) {
          const found = await withoutErrors(async () => {
            tries++;
            return await read(file);
          });
          reads++;
          expect(Buffer.compare(found, content)).toBe(0);
        }
      });
    }
    expect(tries).toBeGreaterThan(reads);
  });
});

describe("a crash", () => {
  /** Writes, crashes, and reads what is left, seed by seed. */
  async function leftAfterCrash(
    write: () => Promise<void>,
    path: string,
  ): Promise<Map<string, number>> {
    const left = new Map<string, number>();
    for (let seed = 0; seed < 60; seed++) {
      await simulate({ seed, hosts: ["disk"], faults: { tornWrites: 0.5 } }, async (world) => {
        await world.host("disk").run(write);
        world.crash("disk");
        const found = await world.restart("disk").run(() =>
          readFile(path).then(
            (bytes) => describeContent(bytes as Uint8Array),
            (error: { code: string }) => error.code,
          ),
        );
        left.set(found, (left.get(found) ?? 0) + 1);
      });
    }
    return left;
  }

  /** Which letter fills it, or that it is cut off. */
  function describeContent(bytes: Uint8Array): string {
    if (bytes.byteLength === 0) return "empty";
    const letter = String.fromCharCode(bytes[0] ?? 0);
    const isWhole = bytes.byteLength === 4096 && bytes.every((byte) => byte === bytes[0]);
    return isWhole ? letter : "torn";
  }

  const content = (letter: string): Uint8Array => new Uint8Array(4096).fill(letter.charCodeAt(0));

  async function syncFolder(): Promise<void> {
    await using folder = await open("/tmp", "r");
    await folder.sync();
  }

  test("loses what was not synced: the name, the bytes, or some of them", async () => {
    const left = await leftAfterCrash(() => writeFile("/tmp/file", content("a")), "/tmp/file");
    expect([...left.keys()].toSorted()).toEqual(["ENOENT", "a", "empty", "torn"]);
  });

  test("keeps what was synced, file and folder", async () => {
    const left = await leftAfterCrash(async () => {
      await using file = await open("/tmp/file", "w");
      await file.write(content("a"));
      await file.sync();
      await syncFolder();
    }, "/tmp/file");
    expect([...left.keys()]).toEqual(["a"]);
  });

  test("keeps what was written to a file that is open for synchronous writing", async () => {
    for (const flags of ["as", "rs+", constants.O_RDWR | constants.O_DSYNC]) {
      const left = await leftAfterCrash(async () => {
        await writeFile("/tmp/file", "", { flush: true });
        await syncFolder();
        await using file = await open("/tmp/file", flags);
        await file.write(content("a"));
      }, "/tmp/file");
      expect([...left.keys()]).toEqual(["a"]);
    }
  });

  test("shows an overwritten file old, new or torn", async () => {
    const left = await leftAfterCrash(async () => {
      await writeFile("/tmp/file", content("a"), { flush: true });
      await syncFolder();
      await using file = await open("/tmp/file", "r+");
      await file.write(content("b"), { at: 0 });
    }, "/tmp/file");
    expect([...left.keys()].toSorted()).toEqual(["a", "b", "torn"]);
  });

  test("leaves an atomic write all old or all new", async () => {
    const left = await leftAfterCrash(async () => {
      await writeFile("/tmp/file", content("a"), { atomic: true });
      await writeFile("/tmp/file", content("b"), { atomic: true });
    }, "/tmp/file");
    expect([...left.keys()]).toEqual(["b"]);
    const during = new Map<string, number>();
    for (let seed = 0; seed < 60; seed++) {
      const faults = { diskLatencyMs: [0, 3], tornWrites: 0.5 } as const;
      await simulate({ seed, hosts: ["disk"], faults }, async (world) => {
        const disk = world.host("disk");
        await disk.run(() => writeFile("/tmp/file", content("a"), { atomic: true }));
        const writing = disk.spawn(() => writeFile("/tmp/file", content("b"), { atomic: true }));
        const ended = Promise.allSettled([writing]);
        await world.advance(world.choose(20));
        world.crash("disk");
        await ended;
        const bytes = await world.restart("disk").run(() => bytesOf("/tmp/file"));
        const found = describeContent(bytes);
        during.set(found, (during.get(found) ?? 0) + 1);
      });
    }
    expect([...during.keys()].toSorted()).toEqual(["a", "b"]);
  });
});
