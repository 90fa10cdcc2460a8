import { expect, test } from "bun:test";
import {
  appendFile,
  exists,
  link,
  mkdir,
  open,
  readFile,
  rename,
  truncate,
  unlink,
  writeFile,
} from "@bascule/fs";
import { explore, NondeterminismError, simulate, type SimulationError } from "@bascule/sim";
import type { World } from "@bascule/sim";
import { failureOf } from "../support/failure.ts";

/** What the trace has of one host, without times and polls. */
function linesOf(error: unknown, host: string): string[] {
  const lines = (error as SimulationError).trace.split("\n").map((line) => line.slice(16).trim());
  const prefix = `${host} `;
  return lines
    .filter((line) => line.startsWith(prefix) && !line.includes(" poll "))
    .map((line) => line.slice(prefix.length).trim());
}

/** A store that replaces its file, and forgets to sync what is in it. */
async function forgetful(world: World): Promise<void> {
  let isStored = false;
  world.host("db").spawn(async () => {
    await writeFile("/db.tmp", "a value");
    await rename("/db.tmp", "/db");
    await using folder = await open("/");
    await folder.sync();
    isStored = true;
  });
  await world.advance(world.choose(40));
  world.crash("db");
  const found = await world.restart("db").run(async () => {
    return (await exists("/db")) ? await readFile("/db", "utf8") : "";
  });
  if (isStored && found === "") throw new Error("The value is gone");
}

test("a shrunk trace shows a missing fsync: the calls, their paths, and what is lost", async () => {
  const error = await failureOf(explore({ seeds: 100, hosts: ["db"] }, forgetful));
  const lines = linesOf(error, "db");
  const told = lines.slice(0, lines.indexOf("restart"));
  expect(told.filter((line) => !line.startsWith("stat"))).toEqual([
    'open "/db.tmp" → 3',
    'write "/db.tmp" → 7',
    'rename "/db.tmp" to "/db" → 0',
    'open "/" → 3',
    'fsync "/" → 0',
    "crash",
    'crash "/db" loses 7 unsynced bytes',
  ]);
  const { seed, replay } = error as SimulationError;
  const again = await failureOf(simulate({ seed, replay, hosts: ["db"] }, forgetful));
  expect(String(again)).toBe(String(error));
});

test("what waits for the disk has its path when it is complete", async () => {
  const faults = { diskLatencyMs: [1, 2] } as const;
  const traces: string[] = [];
  for (let seed = 0; seed < 8; seed++) {
    const error = await failureOf(
      simulate({ seed, faults }, async () => {
        await writeFile("/tmp/file", "text", { flush: true });
        throw new Error("to see the trace");
      }),
    );
    traces.push((error as SimulationError).trace);
  }
  const all = traces.join("\n");
  expect(all).toMatch(/ {2}fsync "\/tmp\/file" → 0\n/);
  expect(all).toMatch(/complete fsync "\/tmp\/file" #\d+ of 3 → 0/);
  expect(all).toMatch(/complete open #\d+ → 3/);
});

test("a crash tells what it took from directories, newest first, and how many more", async () => {
  const told = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    const error = await failureOf(
      simulate({ seed, hosts: ["db"], faults: "none" }, async (world) => {
        await world.host("db").run(async () => {
          await writeFile("/tmp/old", "text", { flush: true });
          await writeFile("/tmp/removed", "", { flush: true });
          await using folder = await open("/tmp");
          await folder.sync();
          await link("/tmp/old", "/tmp/linked");
          await unlink("/tmp/removed");
          await mkdir("/tmp/made");
          await rename("/tmp/old", "/tmp/made/new");
          await appendFile("/tmp/made/new", "more");
          await truncate("/tmp/made/new", 2);
        });
        world.crash("db");
        throw new Error("to see the trace");
      }),
    );
    const lines = linesOf(error, "db");
    for (const line of lines.slice(lines.indexOf("crash"))) told.add(line);
  }
  expect([...told].toSorted()).toEqual([
    "crash",
    'crash "/tmp/linked" loses its name',
    'crash "/tmp/made" loses its name',
    'crash "/tmp/made/new" is "/tmp/old" again',
    'crash "/tmp/made/new" loses 4 unsynced bytes',
    'crash "/tmp/made/new" loses its new size of 2 bytes',
    'crash "/tmp/old" loses 4 unsynced bytes',
    'crash "/tmp/old" loses its new size of 2 bytes',
    'crash "/tmp/removed" has its name again',
  ]);
});

test("losses beyond the first twenty are counted", async () => {
  const error = await failureOf(
    simulate({ seed: 1, hosts: ["db"], faults: "none" }, async (world) => {
      await world.host("db").run(async () => {
        await writeFile("/tmp/file", "");
        for (let i = 0; i < 100; i++) await appendFile("/tmp/file", "x");
        for (let i = 0; i < 100; i++) await writeFile(`/tmp/${i}`, "text");
      });
      world.crash("db");
      throw new Error("to see the trace");
    }),
  );
  const lines = linesOf(error, "db");
  const losses = lines.slice(lines.indexOf("crash") + 1);
  expect(losses).toHaveLength(21);
  expect(losses.at(-1)).toMatch(/^crash and \d+ more losses$/);
});

test("a path that does not come from the seed is found", async () => {
  let runs = 0;
  const error = await failureOf(
    simulate({ verify: true, faults: "none" }, async () => {
      runs += 1;
      await writeFile(`/tmp/${runs}`, "text");
    }),
  );
  expect(error).toBeInstanceOf(NondeterminismError);
  expect(String(error)).toMatch(/first run: .*open "\/tmp\/1"[^]*second run: .*open "\/tmp\/2"/);
});
