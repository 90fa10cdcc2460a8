import { expect, test } from "bun:test";
import { FakeRuntime } from "../../test/fake-driver.ts";
import { describeRuntime } from "./dump.ts";
import type { RuntimeSnapshot, TaskSnapshot } from "./snapshot.ts";

/** A snapshot of tasks by the ids of who spawned them; the first is 1. */
async function snapshotOf(parentIds: readonly number[]): Promise<RuntimeSnapshot> {
  await using fake = new FakeRuntime();
  const snapshot = fake.runtime.snapshot();
  const [root] = snapshot.tasks;
  if (root === undefined) throw new Error("unreachable");
  const tasks = parentIds.map((parentId, index): TaskSnapshot => {
    const waits = [{ on: "timer", forMs: null, isReady: false }];
    return { ...root, id: index + 1, name: "n", parentId, waits };
  });
  return { ...snapshot, tasks: [root, ...tasks] };
}

test("what is very deep is not indented further, and says how deep it is", async () => {
  const chain = Array.from({ length: 22 }, (_, index) => index);
  const text = describeRuntime(await snapshotOf([...chain, 21, 2]));
  const lines = text.split("\n").filter((line) => /task \d/.test(line));
  const bars = `  ${"   ".repeat(2)}│  `;
  expect(lines.slice(0, 3)).toEqual([
    '  └─ task 1 "n" idle',
    '     └─ task 2 "n" idle',
    '        ├─ task 3 "n" idle',
  ]);
  expect(lines.slice(19)).toEqual([
    `${bars}${"   ".repeat(16)}└─ task 20 "n" idle`,
    `${bars}${"   ".repeat(17)}(21) task 21 "n" idle`,
    `${bars}${"   ".repeat(17)}(22) task 22 "n" idle`,
    `${bars}${"   ".repeat(17)}(22) task 23 "n" idle`,
    '        └─ task 24 "n" idle',
  ]);
  expect(text).toContain(`\n${bars}${"   ".repeat(17)}    waits for timer\n`);
});

test("a dump grows with the number of tasks, however deep they are", async () => {
  const count = 50_000;
  const chain = await snapshotOf(Array.from({ length: count }, (_, index) => index));
  const text = describeRuntime(chain);
  expect(text).toContain(`(${count}) task ${count} "n" idle`);
  expect(text.length / count).toBeLessThan(300);
});
