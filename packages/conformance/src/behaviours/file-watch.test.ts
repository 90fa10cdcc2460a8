import { describe, expect } from "bun:test";
import * as node from "node:fs";
import { sleep, timeout } from "@bascule/core";
import { rename, watch, type WatchEvent, writeFile } from "@bascule/fs";
import { failureOf } from "../support/failure.ts";
import { fileTest } from "../support/file-test.ts";

const QUEUE_LENGTH = "/proc/sys/fs/inotify/max_queued_events";

async function take(events: AsyncIterator<WatchEvent>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { value } = await events.next();
    taken.push(`${value.eventType} ${value.filename}`);
  }
  return taken;
}

describe("watch", () => {
  fileTest("tells what appears, changes, moves and goes, from the call on", async (folder) => {
    await using watcher = watch(folder.path);
    await writeFile(folder.at("a"), "x");
    await rename(folder.at("a"), folder.at("b"));
    node.unlinkSync(folder.at("b"));
    const told = await take(watcher, 5);
    expect(told).toEqual(["rename a", "change a", "rename a", "rename b", "rename b"]);
  });

  fileTest("waits for what comes later, and an abort loses nothing", async (folder) => {
    await using watcher = watch(folder.path);
    for (let round = 0; round < 5; round++) {
      const late = await failureOf(timeout(2, (signal) => watcher.next({ signal })));
      expect(late).toMatchObject({ name: "TimeoutError" });
      const waiting = take(watcher, 1);
      await sleep(1);
      node.mkdirSync(folder.at(`${round}`));
      expect(await waiting).toEqual([`rename ${round}`]);
    }
  });

  fileTest("says when events were lost, and goes on", async (folder) => {
    const limit = Number(node.readFileSync(QUEUE_LENGTH, "latin1"));
    if (limit > 100_000) {
      process.stderr.write(`skip: ${limit} events of inotify(7) are too many to lose\n`);
      return;
    }
    await using watcher = watch(folder.path);
    const files = ["a", "b"].map((name) => node.openSync(folder.at(name), "w"));
    // Two files in turn: the same event twice running is told once.
    for (let event = 0; event <= limit; event++) node.writeSync(files[event % 2] ?? 0, "x");
    for (const fd of files) node.closeSync(fd);
    let told = 0;
    for await (const { eventType, filename } of watcher) {
      told++;
      if (filename !== null) continue;
      expect(eventType).toBe("change");
      break;
    }
    expect(told).toBe(limit + 1);
  });

  fileTest("of a file that is removed ends with that, as bytes when asked", async (folder) => {
    node.writeFileSync(folder.at("ä"), "");
    await using watcher = watch(folder.at("ä"), "buffer");
    node.rmSync(folder.at("ä"));
    const kinds: string[] = [];
    while (kinds.at(-1) !== "rename") {
      const { value } = await watcher.next();
      expect(value?.filename).toEqual(Buffer.from("ä"));
      kinds.push(value?.eventType ?? "");
    }
    expect(kinds).toEqual(["change", "rename"]);
  });

  fileTest("ends with its signal and its close, and fails on nothing", async (folder) => {
    const controller = new AbortController();
    await using aborted = watch(folder.path, { signal: controller.signal });
    const waiting = failureOf(aborted.next());
    controller.abort("enough");
    expect(await waiting).toBe("enough");
    const closed = watch(folder.path);
    const last = closed.next();
    closed.close();
    expect(await last).toEqual({ done: true, value: undefined });
    expect(() => watch(folder.at("no"))).toThrow("ENOENT");
  });
});
