import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fs from "@bascule/fs";
import { patternBytes } from "../../support/pattern.ts";
import { abortedAfter, type Command, type Lane, SLOTS } from "../lane.ts";
import { must, outcomeOf } from "../outcome.ts";

const NAMES = ["a", "b", "d", "d/a", "d/b", "a/x", "missing/x"];
const FLAGS = ["r", "r+", "w", "w+", "wx", "a", "a+", "ax+"];

function pathOf(lane: Lane, name: number): string {
  return join(lane.folder, NAMES[name % NAMES.length] as string);
}

export const open: Command = async (lane, slot = 0, name = 0, flags = 0) => {
  await lane.files[slot % SLOTS]?.close();
  lane.files[slot % SLOTS] = null;
  return await outcomeOf(async () => {
    lane.files[slot % SLOTS] = await fs.open(pathOf(lane, name), FLAGS[flags % FLAGS.length]);
  });
};

export const fileWrite: Command = async (lane, slot = 0, size = 1, at = 0) => {
  const file = await lane.fileAt(slot);
  const bytes = patternBytes(at, size);
  if (size % 3 > 0) return await outcomeOf(() => file.write(bytes, { at }));
  return await outcomeOf(async () => {
    const { buffer } = await file.writeFrom(bytes.buffer, { at });
    return `${buffer.byteLength} bytes`;
  });
};

export const fileRead: Command = async (lane, slot = 0, size = 1, at = 0) => {
  const file = await lane.fileAt(slot);
  if (size % 3 > 0) return await outcomeOf(() => file.read({ length: size, at }));
  return await outcomeOf(async () => {
    const { bytesRead, buffer } = await file.readInto(new ArrayBuffer(size + 1), { at });
    return new Uint8Array(buffer, 0, bytesRead);
  });
};

/** Reads of different places side by side; each has its own result. */
export const fileReads: Command = async (lane, slot = 0, count = 1, size = 1, at = 0) => {
  const file = await lane.fileAt(slot);
  const reads = Array.from({ length: count * 4 }, (_, index) =>
    outcomeOf(() => file.read({ length: size, at: at * index })),
  );
  return (await Promise.all(reads)).join(", ");
};

/** A read that races with its abort either gives the bytes or takes nothing. */
export const raceFileRead: Command = async (lane, slot = 0, size = 1, at = 0, yields = 0) => {
  const file = await lane.fileAt(slot);
  const { signal, aborted } = abortedAfter(yields);
  const raced = await outcomeOf(() => file.read({ length: size + 1, at, signal }));
  await aborted;
  const whole = await outcomeOf(() => file.read({ length: size + 1, at }));
  must(raced === whole || raced === "rejected with fuzz", `a raced read: ${raced}, not ${whole}`);
  return whole;
};

/** A write that races with its abort leaves a beginning of the new, and can be done again. */
export const raceFileWrite: Command = async (lane, name = 0, size = 1, yields = 0) => {
  const path = pathOf(lane, name);
  const bytes = patternBytes(1, size + 1);
  const before = await outcomeOf(() => fs.writeFile(path, ""));
  if (before !== "done") return before;
  const { signal, aborted } = abortedAfter(yields);
  const raced = await outcomeOf(() => fs.writeFile(path, bytes, { signal }));
  await aborted;
  const written = readFileSync(path);
  const isBeginning = Buffer.compare(written, bytes.subarray(0, written.byteLength)) === 0;
  must(isBeginning, `a raced write left ${written.byteLength} wrong bytes`);
  must(
    raced === "rejected with fuzz" || written.byteLength === size + 1,
    `a raced write: ${raced}`,
  );
  return await outcomeOf(() => fs.writeFile(path, bytes));
};

export const closeWhileReading: Command = async (lane, slot = 0, count = 1, size = 1) => {
  const file = await lane.fileAt(slot);
  lane.files[slot % SLOTS] = null;
  const reads = Array.from({ length: count }, () =>
    outcomeOf(() => file.read({ length: size + 1, at: 0 })),
  );
  const closing = outcomeOf(() => file.close());
  const late = await outcomeOf(() => file.read({ length: 1, at: 0 }));
  return [...(await Promise.all(reads)), await closing, late].join(", ");
};

export const fileTruncate: Command = async (lane, slot = 0, at = 0) => {
  const file = await lane.fileAt(slot);
  return await outcomeOf(() => file.truncate(at));
};

export const fileSize: Command = async (lane, slot = 0) => {
  const file = await lane.fileAt(slot);
  return await outcomeOf(async () => (await file.stat()).size);
};

export const writeFile: Command = (lane, name = 0, size = 1) =>
  outcomeOf(() => fs.writeFile(pathOf(lane, name), patternBytes(name, size)));

export const appendFile: Command = (lane, name = 0, size = 1) =>
  outcomeOf(() => fs.appendFile(pathOf(lane, name), patternBytes(name, size)));

export const readFile: Command = (lane, name = 0) =>
  outcomeOf(() => fs.readFile(pathOf(lane, name)));

export const truncate: Command = (lane, name = 0, at = 0) =>
  outcomeOf(() => fs.truncate(pathOf(lane, name), at));

export const rename: Command = (lane, from = 0, to = 0) =>
  outcomeOf(() => fs.rename(pathOf(lane, from), pathOf(lane, to)));

export const unlink: Command = (lane, name = 0) => outcomeOf(() => fs.unlink(pathOf(lane, name)));

export const link: Command = (lane, from = 0, to = 0) =>
  outcomeOf(() => fs.link(pathOf(lane, from), pathOf(lane, to)));

export const symlink: Command = (lane, target = 0, name = 0) =>
  outcomeOf(() => fs.symlink(NAMES[target % NAMES.length] as string, pathOf(lane, name)));

export const readlink: Command = (lane, name = 0) =>
  outcomeOf(() => fs.readlink(pathOf(lane, name)));

export const copyFile: Command = (lane, from = 0, to = 0) =>
  outcomeOf(() => fs.copyFile(pathOf(lane, from), pathOf(lane, to)));

export const mkdir: Command = (lane, name = 0, recursive = 0) =>
  outcomeOf(async () => {
    const made = await fs.mkdir(pathOf(lane, name), { recursive: recursive === 1 });
    return made === undefined ? "nothing made" : made.replace(lane.folder, "");
  });

export const rm: Command = (lane, name = 0, how = 0) =>
  outcomeOf(() => fs.rm(pathOf(lane, name), { recursive: how > 1, force: how % 2 === 1 }));

export const readdir: Command = (lane, name = 0) =>
  outcomeOf(async () => (await fs.readdir(pathOf(lane, name))).toSorted());

export const stat: Command = (lane, name = 0) =>
  outcomeOf(async () => {
    const stats = await fs.stat(pathOf(lane, name));
    return { mode: stats.mode, links: stats.nlink, size: stats.isDirectory() ? 0 : stats.size };
  });
