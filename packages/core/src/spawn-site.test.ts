import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeRuntime } from "../test/fake-driver.ts";
import { JoinSet } from "./join-set.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { TaskScope } from "./task-scope.ts";

function sitesOf({ runtime }: FakeRuntime): string[] {
  const { tasks } = runtime.snapshot();
  return tasks.slice(1).map(({ spawnSite }) => spawnSite.replace(/\(.*\/(.*):\d+:\d+\)/, "$1"));
}

test("a spawn site is the program's, whoever of ours it called", async () => {
  await using fake = new FakeRuntime();
  async function inScope(): Promise<void> {
    await using scope = new TaskScope();
    scope.spawn(() => sleep(1));
    await using set = new JoinSet();
    set.spawn(() => sleep(1));
    const nap = spawn(() => sleep(1));
    const other = fake.runtime.spawn(() => sleep(1));
    expect(sitesOf(fake)).toEqual(Array.from({ length: 4 }, () => "inScope spawn-site.test.ts"));
    await Promise.all([nap, other]);
  }
  await inScope();
});

test("a spawn site in a callback of map or Array.from is the line that maps", async () => {
  await using fake = new FakeRuntime();
  async function mapsAll(): Promise<void> {
    await using scope = new TaskScope();
    const naps = [1].map(() => spawn(() => sleep(1)));
    naps.push(...Array.from({ length: 1 }, () => scope.spawn(() => sleep(1))));
    expect(sitesOf(fake)).toEqual(Array.from({ length: 2 }, () => "mapsAll spawn-site.test.ts"));
    await Promise.all(naps);
  }
  await mapsAll();
});

test("a spawn whose function has left no frame has no site, and not one of ours", async () => {
  await using fake = new FakeRuntime();
  const naps = spawn(() => Promise.resolve().then(() => spawn(() => sleep(1))));
  await sleep(0);
  expect(sitesOf(fake)).toEqual([expect.stringContaining("spawn-site.test.ts"), ""]);
  await naps;
});

test("a program that makes stacks in its own way has spawn sites all the same", async () => {
  await using fake = new FakeRuntime();
  const before: unknown = Reflect.get(Error, "prepareStackTrace");
  const own = (_error: Error, frames: unknown): unknown => frames;
  Error.prepareStackTrace = own;
  try {
    const nap = spawn(() => sleep(1));
    expect(fake.runtime.snapshot().tasks[1]?.spawnSite).toContain("spawn-site.test.ts");
    expect(Reflect.get(Error, "prepareStackTrace")).toBe(own);
    await nap;
  } finally {
    Reflect.set(Error, "prepareStackTrace", before);
  }
});

test.each(["none", "inline"] as const)(
  "in a bundle with source maps %p a spawn site is the program's",
  async (sourcemap) => {
    const outdir = mkdtempSync(join(tmpdir(), "bascule-site-"));
    const entry = join(import.meta.dir, "../test/site-program.ts");
    const built = await Bun.build({ entrypoints: [entry], outdir, target: "bun", sourcemap });
    const program = Bun.spawn([process.execPath, built.outputs[0]?.path ?? ""]);
    const text = await program.stdout.text();
    rmSync(outdir, { recursive: true });
    expect(text).toMatch(/^startsOne \(.*site-program\.[jt]s:\d+:\d+\)\n$/);
  },
);
