import { expect, test } from "bun:test";
import * as node from "node:fs";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/outcome.ts";
import { copyFile } from "./copy-file.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const BLOCK_BYTES = 512;
/** Another file system than that of temporary files, as a rule: there bytes go through memory. */
const MEMORY_FOLDER = "/dev/shm";

/** Makes a file of a size, with data here and there. */
function makeSparse(
  path: string,
  size: number,
  data: readonly (readonly [number, Buffer])[],
): void {
  const fd = node.openSync(path, "w");
  for (const [at, bytes] of data) node.writeSync(fd, bytes, 0, bytes.byteLength, at);
  node.ftruncateSync(fd, size);
  node.closeSync(fd);
}

function roomOf(path: string): number {
  return node.statSync(path).blocks * BLOCK_BYTES;
}

function patternOf(byteLength: number): Buffer {
  return Buffer.alloc(byteLength, "what a file has in it ");
}

const LAYOUTS: readonly (readonly [string, number, readonly (readonly [number, Buffer])[]])[] = [
  ["nothing but a hole", 8 * MIB, []],
  ["a hole first", 8 * MIB, [[7 * MIB, patternOf(MIB)]]],
  ["a hole last", 8 * MIB + 5, [[0, patternOf(MIB + 7)]]],
  ["holes all over", 40 * MIB, [3, 9, 20, 39].map((at) => [at * MIB, patternOf(9999)] as const)],
  ["a long stretch of data", 40 * MIB, [[5 * MIB + 1, patternOf(33 * MIB)]]],
  ["a last byte", 8 * MIB, [[8 * MIB - 1, Buffer.from("x")]]],
];

test.each(LAYOUTS)("a copy of %s is the same, and takes up no more room", async (_, size, data) => {
  using folder = new TemporaryFolder();
  using memory = new TemporaryFolder(MEMORY_FOLDER);
  const [source, theirs] = [folder.at("a"), folder.at("theirs")];
  makeSparse(source, size, data);
  node.copyFileSync(source, theirs);
  const expected = Bun.hash(node.readFileSync(theirs));
  // The block at either end of a stretch, and what the file system keeps its places in.
  const roomMax = roomOf(source) + (data.length + 1) * 2 * 4096;
  for (const target of [folder.at("b"), memory.at("b")]) {
    for (const before of [null, patternOf(size + MIB)]) {
      if (before !== null) node.writeFileSync(target, before);
      const progress: number[] = [];
      await copyFile(source, target, {
        onProgress: ({ bytesCopied }) => void progress.push(bytesCopied),
      });
      expect(node.statSync(target).size).toBe(size);
      expect(Bun.hash(node.readFileSync(target))).toBe(expected);
      expect(roomOf(target)).toBeLessThanOrEqual(roomMax);
      expect(progress.at(-1)).toBe(size);
      expect(progress.toSorted((a, b) => a - b)).toEqual(progress);
    }
  }
});

test("a copy of 5 GiB of holes is not written out", async () => {
  using folder = new TemporaryFolder();
  const [source, target] = [folder.at("a"), folder.at("b")];
  makeSparse(source, 5 * GIB, [[4 * GIB + 12_345, Buffer.from("far away")]]);
  await copyFile(source, target);
  expect(node.statSync(target).size).toBe(5 * GIB);
  expect(roomOf(target)).toBeLessThanOrEqual(roomOf(source) + MIB);
  const fd = node.openSync(target, "r");
  const found = Buffer.alloc(10);
  node.readSync(fd, found, 0, 10, 4 * GIB + 12_344);
  node.closeSync(fd);
  expect(found.toString("latin1")).toBe("\0far away\0");
});

test("a sparse file where nobody knows of holes is copied with its zeros", () => {
  using folder = new TemporaryFolder();
  const [source, target] = [folder.at("a"), folder.at("b")];
  makeSparse(source, 8 * MIB, [[MIB, patternOf(5000)]]);
  const program = `
    import { EINVAL, forbidSystemCalls, SYS } from "@bascule/sys";
    import { copyFile } from "./copy-file.ts";
    if (forbidSystemCalls([SYS.lseek], EINVAL) !== 0) throw new Error("lseek is not forbidden");
    await copyFile(${JSON.stringify(source)}, ${JSON.stringify(target)});
  `;
  const command = [process.execPath, "-e", program];
  const { stderr, exitCode } = Bun.spawnSync(command, { cwd: import.meta.dir });
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
  expect(Bun.hash(node.readFileSync(target))).toBe(Bun.hash(node.readFileSync(source)));
  expect(roomOf(target)).toBeGreaterThanOrEqual(8 * MIB);
});

test("a file that claims more than it has, as in sysfs, is copied as it is read", async () => {
  using folder = new TemporaryFolder();
  const source = "/sys/devices/system/cpu/possible";
  if (!node.existsSync(source)) {
    console.log("not run: there is no sysfs");
    return;
  }
  await copyFile(source, folder.at("a"));
  expect(node.readFileSync(folder.at("a"), "utf8")).toBe(node.readFileSync(source, "utf8"));
});

test("a sparse file that grows while it is copied comes with what was appended", async () => {
  using folder = new TemporaryFolder();
  const [source, target] = [folder.at("a"), folder.at("b")];
  makeSparse(source, 8 * MIB, [[MIB, patternOf(5000)]]);
  let isFirst = true;
  await copyFile(source, target, {
    onProgress: () => {
      if (isFirst) makeSparseLonger(source, 20 * MIB, "appended");
      isFirst = false;
    },
  });
  expect(isFirst).toBe(false);
  expect(Bun.hash(node.readFileSync(target))).toBe(Bun.hash(node.readFileSync(source)));
});

test.each([0, MIB + 100, 6 * MIB])(
  "a sparse file that is cut off at %p while it is copied ends no later than it did",
  async (size) => {
    using folder = new TemporaryFolder();
    const [source, target] = [folder.at("a"), folder.at("b")];
    const data = [MIB, 4 * MIB, 7 * MIB].map((at) => [at, patternOf(5000)] as const);
    makeSparse(source, 8 * MIB, data);
    const before = node.readFileSync(source);
    let copiedFirst = 0;
    await copyFile(source, target, {
      onProgress: ({ bytesCopied }) => {
        if (copiedFirst === 0) node.truncateSync(source, size);
        copiedFirst ||= bytesCopied;
      },
    });
    const copy = node.readFileSync(target);
    expect(copy.byteLength).toBe(Math.max(size, copiedFirst));
    expect(Buffer.compare(copy, before.subarray(0, copy.byteLength))).toBe(0);
  },
);

test("an aborted copy says how long what it leaves is, and removes what is new", async () => {
  using folder = new TemporaryFolder();
  const [source, target] = [folder.at("a"), folder.at("b")];
  makeSparse(source, 100 * MIB, [
    [10 * MIB, patternOf(5000)],
    [50 * MIB, patternOf(40 * MIB)],
  ]);
  for (const isThere of [false, true]) {
    if (isThere) node.writeFileSync(target, "longer than before");
    const controller = new AbortController();
    const { signal } = controller;
    const onProgress = ({ bytesCopied }: { bytesCopied: number }): void => {
      if (bytesCopied > 50 * MIB) controller.abort();
    };
    const error = await failureOf(copyFile(source, target, { signal, onProgress }));
    expect(error["name"]).toBe("AbortError");
    expect(error["bytesWritten"]).toBeGreaterThan(50 * MIB);
    expect(error["bytesWritten"]).toBeLessThan(100 * MIB);
    expect(node.existsSync(target)).toBe(isThere);
    if (!isThere) continue;
    const copy = node.readFileSync(target);
    expect(copy.byteLength).toBe(error["bytesWritten"] as number);
    const expected = node.readFileSync(source).subarray(0, copy.byteLength);
    expect(Buffer.compare(copy, expected)).toBe(0);
  }
});

function makeSparseLonger(path: string, at: number, text: string): void {
  const fd = node.openSync(path, "r+");
  node.writeSync(fd, text, at);
  node.closeSync(fd);
}
