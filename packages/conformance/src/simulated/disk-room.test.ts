import { describe, expect, test } from "bun:test";
import { type File, open, readFile, rename, unlink, writeFile } from "@bascule/fs";
import { simulate } from "@bascule/sim";
import { failureOf } from "../support/failure.ts";

const CALM = { hosts: ["disk"], faults: "none" } as const;
/** Of the 256 MiB of a simulated disk. */
const LARGE_BYTES = 40 << 20;
const TIMES = 7;

/** Makes a file that takes up as much room as if all of it had been written. */
async function openLarge(path: string): Promise<File> {
  const file = await open(path, "w");
  try {
    await file.write("x", { at: LARGE_BYTES - 1 });
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function makeLarge(path: string): Promise<void> {
  await using _file = await openLarge(path);
}

async function syncFolder(): Promise<void> {
  await using folder = await open("/tmp", "r");
  await folder.sync();
}

describe("the room on a simulated disk", () => {
  test("comes back when a file has no name and nobody has it open", async () => {
    await simulate(CALM, async () => {
      for (let i = 0; i < TIMES; i++) {
        await makeLarge("/tmp/file");
        await unlink("/tmp/file");
      }
      for (let i = 0; i < TIMES; i++) {
        await makeLarge("/tmp/new");
        await rename("/tmp/new", "/tmp/file");
        await syncFolder();
      }
    });
  });

  test("is taken for as long as a removed file is open", async () => {
    await simulate(CALM, async () => {
      const files = [];
      for (let i = 0; i < 6; i++) {
        files.push(await openLarge("/tmp/file"));
        await unlink("/tmp/file");
      }
      expect(await failureOf(makeLarge("/tmp/file"))).toMatchObject({ code: "ENOSPC" });
      for (const file of files) await file.close();
      await makeLarge("/tmp/file");
    });
  });

  test("is all that a hole may be as large as", async () => {
    await simulate(CALM, async () => {
      await using file = await open("/tmp/file", "w+");
      expect(await failureOf(file.truncate(1e12))).toMatchObject({ code: "ENOSPC" });
      expect(await failureOf(file.write("far", { at: 1e12 }))).toMatchObject({ code: "ENOSPC" });
      await file.truncate(250 << 20);
      expect(await failureOf(writeFile("/tmp/other", new Uint8Array(LARGE_BYTES)))).toMatchObject({
        code: "ENOSPC",
        bytesWritten: 6 << 20,
      });
    });
  });

  test("is counted anew after a crash", async () => {
    await simulate(CALM, async (world) => {
      for (let i = 0; i < TIMES; i++) {
        await world.host("disk").run(async () => {
          await openLarge("/tmp/file");
          await unlink("/tmp/file");
          await syncFolder();
        });
        world.crash("disk");
        world.restart("disk");
      }
      await world.host("disk").run(() => makeLarge("/tmp/file"));
    });
  });
});

test("a removal that was not synced may be undone by a crash, with what the file had", async () => {
  const left = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    await simulate({ ...CALM, seed }, async (world) => {
      await world.host("disk").run(async () => {
        await writeFile("/tmp/file", "text", { flush: true });
        await syncFolder();
        await unlink("/tmp/file");
      });
      world.crash("disk");
      const reading = world.restart("disk").run(() => readFile("/tmp/file", "utf8"));
      left.add(await reading.then(String, (error: { code: string }) => error.code));
    });
  }
  expect([...left].toSorted()).toEqual(["ENOENT", "text"]);
});
