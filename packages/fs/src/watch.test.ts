import { expect, test } from "bun:test";
import * as node from "node:fs";
import { Runtime, spawn, timeout, yieldNow } from "@bascule/core";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/outcome.ts";
import { watch, type WatchEvent, type Watcher } from "./watch.ts";

async function take(events: AsyncIterator<WatchEvent>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { value } = await events.next();
    taken.push(`${value.eventType} ${value.filename}`);
  }
  return taken;
}

test("tells what appears, changes, moves and goes, from the call on", async () => {
  using folder = new TemporaryFolder();
  await using watcher = watch(folder.path);
  node.writeFileSync(folder.at("a"), "x");
  node.renameSync(folder.at("a"), folder.at("b"));
  node.unlinkSync(folder.at("b"));
  expect(await take(watcher, 5)).toEqual([
    "rename a",
    "change a",
    "rename a",
    "rename b",
    "rename b",
  ]);
});

test("a file is told by its name", async () => {
  using folder = new TemporaryFolder();
  node.writeFileSync(folder.at("a"), "");
  await using watcher = watch(folder.at("a"), "buffer");
  node.appendFileSync(folder.at("a"), "x");
  const { value } = await watcher.next();
  expect(value).toEqual({ eventType: "change", filename: Buffer.from("a") });
});

test("what happens while an aborted wait ends is told by the next one", async () => {
  using folder = new TemporaryFolder();
  await using watcher = watch(folder.path);
  const late = await failureOf(timeout(5, (signal) => watcher.next({ signal })));
  expect(late["name"]).toBe("TimeoutError");
  node.mkdirSync(folder.at("d"));
  expect(await take(watcher, 1)).toEqual(["rename d"]);
});

test("ends with its signal, its close, and the runtime", async () => {
  using folder = new TemporaryFolder();
  const reason = new Error("enough");
  const controller = new AbortController();
  const { signal } = controller;
  const aborted = watch(folder.path, { signal });
  const waiting = failureOf(aborted.next());
  controller.abort(reason);
  expect(await waiting).toBe(reason as never);
  await aborted.return();
  const closed = watch(folder.path);
  const last = closed.next();
  closed.close();
  expect(await last).toEqual({ done: true, value: undefined });
  const left = watch(folder.path);
  const end = failureOf(left.next());
  await Runtime.current().shutdown();
  expect((await end)["name"]).toBe("RuntimeClosedError");
});

test("its end by a signal or a task leaves no descriptor behind", async () => {
  using folder = new TemporaryFolder();
  const descriptors = (): number => node.readdirSync("/proc/self/fd").length;
  const before = descriptors();
  const reason = new Error("enough");
  const iterate = async (signal?: AbortSignal): Promise<void> => {
    for await (const event of watch(folder.path, { signal })) expect(event).toBeUndefined();
  };
  for (let round = 0; round < 10; round++) {
    const controller = new AbortController();
    const looping = failureOf(iterate(controller.signal));
    controller.abort(reason);
    expect(await looping).toBe(reason as never);
    expect(await failureOf(iterate(AbortSignal.abort(reason)))).toBe(reason as never);
    const idle = new AbortController();
    const watcher = watch(folder.path, { signal: idle.signal });
    idle.abort(reason);
    expect(await failureOf(watcher.next())).toBe(reason as never);
    const task = spawn(() => iterate());
    await yieldNow();
    task.abort(reason);
    expect(await failureOf(task)).toBe(reason as never);
  }
  expect(descriptors()).toBe(before);
});

test("what was read for somebody who is aborted before he gets it is the next one's", async () => {
  using folder = new TemporaryFolder();
  const controllers = [new AbortController(), new AbortController()];
  const watchers = controllers.map(() => watch(folder.path));
  const names = watchers.map((watcher, index) => {
    const nameOf = async (): Promise<unknown> => {
      const { value } = await watcher.next({ signal: controllers[index]?.signal });
      controllers[1 - index]?.abort(new Error("enough"));
      return value?.filename;
    };
    // Of urgent tasks each runs to its next wait before another gets what is his.
    return spawn(nameOf, { priority: "high" });
  });
  await yieldNow();
  node.mkdirSync(folder.at("d"));
  const outcomes = await Promise.allSettled(names);
  const late = outcomes.findIndex(({ status }) => status === "rejected");
  expect(outcomes[1 - late]).toEqual({ status: "fulfilled", value: "d" });
  expect(outcomes[late]).toMatchObject({ reason: { message: "enough" } });
  expect(await take(watchers[late] as Watcher, 1)).toEqual(["rename d"]);
  for (const watcher of watchers) watcher.close();
});

test("events that are there already can be aborted, and let others run in between", async () => {
  using folder = new TemporaryFolder();
  await using watcher = watch(folder.path);
  const count = 300;
  for (let index = 0; index < count; index++) node.mkdirSync(folder.at(String(index)));
  expect(await take(watcher, 1)).toEqual(["rename 0"]);
  const reason = new Error("before");
  expect(await failureOf(watcher.next({ signal: AbortSignal.abort(reason) }))).toBe(
    reason as never,
  );
  expect((await failureOf(watcher.next({ signal: {} as never })))["name"]).toBe("TypeError");
  let taken = 1;
  const taking = spawn(async () => {
    for (; taken < count; taken++) expect(await take(watcher, 1)).toEqual([`rename ${taken}`]);
  });
  const seen = await spawn(() => taken);
  expect(seen).toBeGreaterThan(1);
  expect(seen).toBeLessThan(count);
  await taking;
});

test("of several who wait, each gets the event that is his turn", async () => {
  using folder = new TemporaryFolder();
  await using watcher = watch(folder.path);
  const controller = new AbortController();
  const nameOf = async (options?: object): Promise<unknown> =>
    (await watcher.next(options)).value?.filename;
  const aborted = failureOf(nameOf({ signal: controller.signal }));
  const names = [nameOf(), nameOf(), nameOf()];
  controller.abort();
  expect(await aborted).toMatchObject({ name: "AbortError" });
  for (const name of ["a", "b"]) node.mkdirSync(folder.at(name));
  expect(await Promise.all(names.slice(0, 2))).toEqual(["a", "b"]);
  const last = nameOf();
  watcher.close();
  expect(await Promise.all([names[2], last])).toEqual([undefined, undefined]);
});

test("of nothing fails as with node:fs, and leaves nothing open", () => {
  using folder = new TemporaryFolder();
  expect(() => watch(folder.at("no"))).toThrow(
    `ENOENT: no such file or directory, watch '${folder.at("no")}'`,
  );
});
