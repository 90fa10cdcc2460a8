import { describe, expect, test } from "bun:test";
import * as node from "node:fs";
import { Runtime, sleep, spawn, yieldNow } from "@bascule/core";
import * as fs from "@bascule/fs";
import { openDescriptors, TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../support/failure.ts";
import { fileTest } from "../support/file-test.ts";
import { patternBytes } from "../support/pattern.ts";
import { type Random, withRandom } from "../support/random.ts";

const SIZE = 1_500_000;
const ROUNDS = 250;
/** What the aborted calls may leave: files and folders that they were asked to make. */
const NAMES = /^(file|tree|copy|new|hard|link|temporary-\w{6})$/;

/** What a call is given: where to work, when to stop, and whom to give a moved buffer. */
interface Call {
  readonly root: string;
  readonly signal: AbortSignal;
  readonly reclaim: (buffer: ArrayBuffer) => void;
}

/** Every wait of the package. */
const CALLS: Readonly<Record<string, (call: Call) => Promise<unknown>>> = {
  access: ({ root, signal }) => fs.access(`${root}/file`, fs.R_OK, { signal }),
  appendFile: ({ root, signal }) => fs.appendFile(`${root}/new`, patternBytes(0, 9), { signal }),
  atomic: ({ root, signal }) =>
    fs.writeFile(`${root}/file`, patternBytes(0, SIZE), { signal, atomic: true }),
  chmod: ({ root, signal }) => fs.chmod(`${root}/file`, 0o644, { signal }),
  copyFile: ({ root, signal }) => fs.copyFile(`${root}/file`, `${root}/copy`, { signal }),
  chunks: async ({ root, signal }) => {
    await using file = await fs.open(`${root}/file`, "r", 0, { signal });
    return await Array.fromAsync(file.chunks({ signal, size: 400_000 }));
  },
  lines: async ({ root, signal }) => {
    await using file = await fs.open(`${root}/file`, "r", 0, { signal });
    return await Array.fromAsync(file.lines({ signal }));
  },
  exists: ({ root, signal }) => fs.exists(`${root}/file`, { signal }),
  link: ({ root, signal }) => fs.link(`${root}/file`, `${root}/hard`, { signal }),
  lstat: ({ root, signal }) => fs.lstat(`${root}/file`, { signal }),
  mkdir: ({ root, signal }) => fs.mkdir(`${root}/tree/a/b/c/d`, { recursive: true, signal }),
  mkdtemp: ({ root, signal }) => fs.mkdtemp(`${root}/temporary-`, { signal }),
  open: async ({ root, signal }) => {
    await using file = await fs.open(`${root}/new`, "a", 0o600, { signal });
    return await file.stat({ signal });
  },
  readFile: ({ root, signal }) => fs.readFile(`${root}/file`, { signal }),
  readdir: ({ root, signal }) => fs.readdir(root, { recursive: true, signal }),
  readInto: async ({ root, signal, reclaim }) => {
    await using file = await fs.open(`${root}/file`, "r", 0, { signal });
    return await file.readInto(new ArrayBuffer(SIZE), { signal, reclaim });
  },
  readlink: ({ root, signal }) => fs.readlink(`${root}/link`, { signal }),
  realpath: ({ root, signal }) => fs.realpath(`${root}/link`, { signal }),
  rename: ({ root, signal }) => fs.rename(`${root}/copy`, `${root}/new`, { signal }),
  rm: ({ root, signal }) => fs.rm(`${root}/tree`, { recursive: true, force: true, signal }),
  stat: ({ root, signal }) => fs.stat(`${root}/link`, { signal }),
  symlink: ({ root, signal }) => fs.symlink("file", `${root}/link`, { signal }),
  sync: async ({ root, signal }) => {
    await using file = await fs.open(`${root}/file`, "r+", 0, { signal });
    await file.datasync({ signal });
    await file.truncate(SIZE, { signal });
  },
  truncate: ({ root, signal }) => fs.truncate(`${root}/file`, SIZE, { signal }),
  unlink: ({ root, signal }) => fs.unlink(`${root}/link`, { signal }),
  utimes: ({ root, signal }) => fs.utimes(`${root}/file`, 1, 2, { signal }),
  watch: async ({ root, signal }) => {
    await using watcher = fs.watch(root, { signal });
    return await watcher.next();
  },
  writeFrom: async ({ root, signal, reclaim }) => {
    await using file = await fs.open(`${root}/file`, "r+", 0, { signal });
    return await file.writeFrom(patternBytes(0, SIZE).buffer, { signal, reclaim });
  },
};

/** Lets a random while go by: not at all, some resumptions, or until something has happened. */
async function waste(random: Random): Promise<void> {
  if (random.chance(0.2)) await sleep(random.next() * 2);
  for (let count = random.between(0, 12); count > 0; count--) {
    await (random.chance(0.5) ? null : yieldNow());
  }
}

async function abortOne(random: Random, root: string): Promise<void> {
  const name = random.pick(Object.keys(CALLS));
  const controller = new AbortController();
  const reclaimed: number[] = [];
  const reclaim = (buffer: ArrayBuffer): void => void reclaimed.push(buffer.byteLength);
  const call: Call = { root, signal: controller.signal, reclaim };
  // Half of them end with their task, as a scope would have it.
  const task = spawn(() => CALLS[name]?.(call) ?? Promise.reject(new Error(name)));
  const outcome = Promise.resolve(task).catch((error: unknown) => error);
  await waste(random);
  if (name === "watch" || random.chance(0.5)) controller.abort("enough");
  else task.abort("enough");
  const value = await outcome;
  if (value instanceof Error && !("syscall" in value)) throw value;
  if (name !== "readInto" && name !== "writeFrom") return;
  const hasBuffer = typeof value === "object" && value !== null && "buffer" in value;
  // It comes back in the result, or to the reclaimer, or was never taken: the file did not open.
  const places = reclaimed.length + (hasBuffer ? 1 : 0);
  if (places > 1) throw new Error(`${name}: the buffer came back ${places} times`);
  if (places === 1 && reclaimed.some((byteLength) => byteLength !== SIZE)) throw new Error(name);
}

describe("aborts at random moments", () => {
  fileTest(
    "leave no descriptor, no temporary file, no lost buffer, no torn atomic write",
    async (folder) => {
      const content = patternBytes(0, SIZE);
      node.writeFileSync(folder.at("file"), content);
      node.symlinkSync("file", folder.at("link"));
      await withRandom(async (random) => {
        const before = openDescriptors().filter(isOfFile);
        const lanes = Array.from({ length: 5 }, async () => {
          for (let round = 0; round < ROUNDS / 5; round++) await abortOne(random, folder.path);
        });
        await Promise.all(lanes);
        expect(openDescriptors().filter(isOfFile)).toEqual(before);
        const names = node.readdirSync(folder.path);
        expect(names.filter((name) => !NAMES.test(name))).toEqual([]);
        expect(Buffer.compare(node.readFileSync(folder.at("file")), content)).toBe(0);
        const { sendBlocksTaken, operations } = Runtime.current().metrics();
        expect([sendBlocksTaken, operations.inFlight]).toEqual([0, 0]);
      });
    },
    30_000,
  );

  fileTest("that came before them stop every call, and nothing happens", async (folder) => {
    node.writeFileSync(folder.at("file"), "x");
    node.symlinkSync("file", folder.at("link"));
    const signal = AbortSignal.abort("too late");
    for (const [name, call] of Object.entries(CALLS)) {
      let reclaimed = 0;
      const reclaim = (): void => void reclaimed++;
      const reason = await failureOf(call({ root: folder.path, signal, reclaim }));
      expect({ name, reason, reclaimed }).toEqual({ name, reason: "too late", reclaimed: 0 });
    }
    expect(node.readdirSync(folder.path).toSorted()).toEqual(["file", "link"]);
    expect(node.readFileSync(folder.at("file"), "utf8")).toBe("x");
  });
});

test("a shutdown ends what is under way, closes files, and leaves no temporary one", async () => {
  using folder = new TemporaryFolder();
  const runtime = Runtime.current();
  const before = openDescriptors().filter(isOfFile);
  const files = await Promise.all([1, 2, 3].map((each) => fs.open(folder.at(`${each}`), "w")));
  const endless = (async function* (): AsyncGenerator<string, void, undefined> {
    for (;;) yield "more\n".repeat(1000);
  })();
  const works = [
    fs.writeFile(folder.at("target"), endless, { atomic: true }),
    ...files.map((file) => file.write(patternBytes(0, 20_000_000))),
  ].map((work) =>
    work.then(
      () => "done",
      () => "ended",
    ),
  );
  await sleep(2);
  await runtime.shutdown();
  expect(await works[0]).toBe("ended");
  await Promise.all(works);
  expect(files.map((file) => file.isClosed)).toEqual([true, true, true]);
  expect(openDescriptors().filter(isOfFile)).toEqual(before);
  expect(node.readdirSync(folder.path).toSorted()).toEqual(["1", "2", "3"]);
});

/** Descriptors of files and folders; those of the runtime's threads come and go. */
function isOfFile(descriptor: string): boolean {
  return descriptor.includes("bascule-conformance") || descriptor.includes("inotify");
}
