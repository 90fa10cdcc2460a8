import { expect, test } from "bun:test";
import * as node from "node:fs";
import { Runtime, timeout } from "@bascule/core";
import { TemporaryFolder } from "@bascule/test-support";
import { failureOf } from "../test/outcome.ts";
import { watch, type WatchEvent } from "./watch.ts";

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

test("of nothing fails as with node:fs, and leaves nothing open", () => {
  using folder = new TemporaryFolder();
  expect(() => watch(folder.at("no"))).toThrow(
    `ENOENT: no such file or directory, watch '${folder.at("no")}'`,
  );
});
