import { join } from "node:path";
import * as fs from "@bascule/fs";
import { patternBytes } from "../../support/pattern.ts";
import { abortedAfter, type Lane, SLOTS } from "../lane.ts";
import { must, outcomeOf } from "../outcome.ts";

const NAMES = ["a", "b", "d", "d/a", "d/b", "a/x", "missing/x"];
const S_IFMT = 0o170000;
const FLAGS = ["r", "r+", "w", "w+", "wx", "a", "a+", "ax+"];

function pathOf(lane: Lane, name: number): string {
  return join(lane.folder, NAMES[name % NAMES.length] as string);
}

export async function open(
  lane: Lane,
  slot: number = 0,
  name: number = 0,
  flags: number = 0,
): Promise<string> {
  await lane.files[slot % SLOTS]?.close();
  lane.files[slot % SLOTS] = null;
  return await outcomeOf(async () => {
    lane.files[slot % SLOTS] = await fs.open(pathOf(lane, name), FLAGS[flags % FLAGS.length]);
  });
}

export async function fileWrite(
  lane: Lane,
  slot: number = 0,
  size: number = 1,
  at: number = 0,
): Promise<string> {
  const file = await lane.fileAt(slot);
  const bytes = patternBytes(at, size);
  if (size % 3 > 0) return await outcomeOf(() => file.write(bytes, { at }));
  return await outcomeOf(async () => {
    const { buffer } = await file.writeFrom(bytes.buffer, { at });
    return `${buffer.byteLength} bytes`;
  });
}

export async function fileRead(
  lane: Lane,
  slot: number = 0,
  size: number = 1,
  at: number = 0,
): Promise<string> {
  const file = await lane.fileAt(slot);
  if (size % 3 > 0) return await outcomeOf(() => file.read({ length: size, at }));
  return await outcomeOf(async () => {
    const { bytesRead, buffer } = await file.readInto(new ArrayBuffer(size + 1), { at });
    return new Uint8Array(buffer, 0, bytesRead);
  });
}

/** Reads of different places side by side; each has its own result. */
export async function fileReads(
  lane: Lane,
  slot: number = 0,
  count: number = 1,
  size: number = 1,
  at: number = 0,
): Promise<string> {
  const file = await lane.fileAt(slot);
  const reads = Array.from({ length: count * 4 }, (_, index) =>
    outcomeOf(() => file.read({ length: size, at: at * index })),
  );
  return (await Promise.all(reads)).join(", ");
}

/** A read that races with its abort either gives the bytes or takes nothing. */
export async function raceFileRead(
  lane: Lane,
  slot: number = 0,
  size: number = 1,
  at: number = 0,
  yields: number = 0,
): Promise<string> {
  const file = await lane.fileAt(slot);
  const { signal, aborted } = abortedAfter(yields);
  const raced = await outcomeOf(() => file.read({ length: size + 1, at, signal }));
  await aborted;
  const whole = await outcomeOf(() => file.read({ length: size + 1, at }));
  must(raced === whole || raced === "rejected with fuzz", `a raced read: ${raced}, not ${whole}`);
  return whole;
}

/** A write that races with its abort leaves a beginning of the new, and can be done again. */
export async function raceFileWrite(
  lane: Lane,
  name: number = 0,
  size: number = 1,
  yields: number = 0,
): Promise<string> {
  const path = pathOf(lane, name);
  const bytes = patternBytes(1, size + 1);
  const before = await outcomeOf(() => fs.writeFile(path, ""));
  if (before !== "done") return before;
  const { signal, aborted } = abortedAfter(yields);
  const raced = await outcomeOf(() => fs.writeFile(path, bytes, { signal }));
  await aborted;
  const written = await fs.readFile(path);
  const isBeginning = Buffer.compare(written, bytes.subarray(0, written.byteLength)) === 0;
  must(isBeginning, `a raced write left ${written.byteLength} wrong bytes`);
  must(
    raced === "rejected with fuzz" || written.byteLength === size + 1,
    `a raced write: ${raced}`,
  );
  return await outcomeOf(() => fs.writeFile(path, bytes));
}

export async function closeWhileReading(
  lane: Lane,
  slot: number = 0,
  count: number = 1,
  size: number = 1,
): Promise<string> {
  const file = await lane.fileAt(slot);
  lane.files[slot % SLOTS] = null;
  const reads = Array.from({ length: count }, () =>
    outcomeOf(() => file.read({ length: size + 1, at: 0 })),
  );
  const closing = outcomeOf(() => file.close());
  const late = await outcomeOf(() => file.read({ length: 1, at: 0 }));
  return [...(await Promise.all(reads)), await closing, late].join(", ");
}

export async function fileTruncate(lane: Lane, slot: number = 0, at: number = 0): Promise<string> {
  const file = await lane.fileAt(slot);
  return await outcomeOf(() => file.truncate(at));
}

export async function fileSize(lane: Lane, slot: number = 0): Promise<string> {
  const file = await lane.fileAt(slot);
  return await outcomeOf(async () => (await file.stat()).size);
}

export function writeFile(lane: Lane, name: number = 0, size: number = 1): Promise<string> {
  return outcomeOf(() => fs.writeFile(pathOf(lane, name), patternBytes(name, size)));
}

export function appendFile(lane: Lane, name: number = 0, size: number = 1): Promise<string> {
  return outcomeOf(() => fs.appendFile(pathOf(lane, name), patternBytes(name, size)));
}

export function readFile(lane: Lane, name: number = 0): Promise<string> {
  return outcomeOf(() => fs.readFile(pathOf(lane, name)));
}

export function truncate(lane: Lane, name: number = 0, at: number = 0): Promise<string> {
  return outcomeOf(() => fs.truncate(pathOf(lane, name), at));
}

export function rename(lane: Lane, from: number = 0, to: number = 0): Promise<string> {
  return outcomeOf(() => fs.rename(pathOf(lane, from), pathOf(lane, to)));
}

export function unlink(lane: Lane, name: number = 0): Promise<string> {
  return outcomeOf(() => fs.unlink(pathOf(lane, name)));
}

export function link(lane: Lane, from: number = 0, to: number = 0): Promise<string> {
  return outcomeOf(() => fs.link(pathOf(lane, from), pathOf(lane, to)));
}

export function symlink(lane: Lane, target: number = 0, name: number = 0): Promise<string> {
  return outcomeOf(() => fs.symlink(NAMES[target % NAMES.length] as string, pathOf(lane, name)));
}

export function readlink(lane: Lane, name: number = 0): Promise<string> {
  return outcomeOf(() => fs.readlink(pathOf(lane, name)));
}

export function copyFile(lane: Lane, from: number = 0, to: number = 0): Promise<string> {
  return outcomeOf(() => fs.copyFile(pathOf(lane, from), pathOf(lane, to)));
}

export function mkdir(lane: Lane, name: number = 0, recursive: number = 0): Promise<string> {
  return outcomeOf(async () => {
    const made = await fs.mkdir(pathOf(lane, name), { recursive: recursive === 1 });
    return made === undefined ? "nothing made" : made.replace(lane.folder, "");
  });
}

export function rm(lane: Lane, name: number = 0, how: number = 0): Promise<string> {
  return outcomeOf(() => fs.rm(pathOf(lane, name), { recursive: how > 1, force: how % 2 === 1 }));
}

export function readdir(lane: Lane, name: number = 0): Promise<string> {
  return outcomeOf(async () => (await fs.readdir(pathOf(lane, name))).toSorted());
}

export function stat(lane: Lane, name: number = 0): Promise<string> {
  return outcomeOf(async () => {
    const stats = await fs.stat(pathOf(lane, name));
    // The simulation has no permissions, which the differential test of fs compares; how many
    // links a directory has, and how large it is, is each file system's own business.
    const type = stats.mode & S_IFMT;
    if (stats.isDirectory()) return { type };
    return { type, links: stats.nlink, size: stats.size };
  });
}
