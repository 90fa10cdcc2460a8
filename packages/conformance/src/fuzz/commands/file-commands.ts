import { join } from "node:path";
import * as fs from "@bascule/fs";
import fc from "fast-check";
import { patternBytes } from "../../support/pattern.ts";
import { outcomeOfAborted } from "../aborting.ts";
import { type Command, command } from "../command.ts";
import { type Lane, SLOTS } from "../lane.ts";
import { at, few, name, size, slot, yields } from "../numbers.ts";
import { must, outcomeOf } from "../outcome.ts";

const NAMES = ["a", "b", "d", "d/a", "d/b", "a/x", "missing/x"];
const S_IFMT = 0o170000;
const FLAGS = ["r", "r+", "w", "w+", "wx", "a", "a+", "ax+"];

/** Open files, and what there is to be done by name in the lane's folder. */
export const fileCommands: readonly Command[] = [
  command("open", 4, [slot, name, fc.nat(7)], open),
  command("fileWrite", 3, [slot, size, at], onFile(write)),
  command("fileRead", 2, [slot, size, at], onFile(read)),
  command("fileReads", 2, [slot, few, size, at], onFile(readSeveral)),
  command("raceFileRead", 2, [slot, size, at, yields], onFile(raceRead)),
  command("raceFileWrite", 2, [name, size, yields], onPath(raceWrite)),
  command("closeWhileReading", 1, [slot, few, size], closeWhileReading),
  command(
    "fileTruncate",
    1,
    [slot, at],
    onFile((file, to: number) => file.truncate(to)),
  ),
  command("fileSize", 1, [slot], onFile(sizeOf)),
  command("writeFile", 2, [name, size], withPattern(fs.writeFile)),
  command("appendFile", 1, [name, size], withPattern(fs.appendFile)),
  command(
    "readFile",
    1,
    [name],
    onPath((path) => fs.readFile(path)),
  ),
  command(
    "truncate",
    1,
    [name, at],
    onPath((path, to: number) => fs.truncate(path, to)),
  ),
  command("rename", 1, [name, name], onPaths(fs.rename)),
  command(
    "unlink",
    1,
    [name],
    onPath((path) => fs.unlink(path)),
  ),
  command("link", 1, [name, name], onPaths(fs.link)),
  command("symlink", 1, [name, name], symlink),
  command(
    "readlink",
    1,
    [name],
    onPath((path) => fs.readlink(path)),
  ),
  command(
    "copyFile",
    1,
    [name, name],
    onPaths((from, to) => fs.copyFile(from, to)),
  ),
  command("mkdir", 1, [name, fc.nat(1)], mkdir),
  command("rm", 1, [name, fc.nat(3)], onPath(rm)),
  command(
    "readdir",
    1,
    [name],
    onPath(async (path) => (await fs.readdir(path)).toSorted()),
  ),
  command("stat", 1, [name], onPath(stat)),
];

function nameOf(name: number): string {
  return NAMES[name % NAMES.length] as string;
}

function pathOf(lane: Lane, name: number): string {
  return join(lane.folder, nameOf(name));
}

/** A step about an open file. */
function onFile<V extends number[]>(
  run: (file: fs.File, ...values: V) => unknown,
): (lane: Lane, slot: number, ...values: V) => Promise<string> {
  return async (lane, slot, ...values) => {
    const file = await lane.fileAt(slot);
    return await outcomeOf(() => run(file, ...values));
  };
}

/** A step about a name. */
function onPath<V extends number[]>(
  run: (path: string, ...values: V) => unknown,
): (lane: Lane, name: number, ...values: V) => Promise<string> {
  return (lane, name, ...values) => outcomeOf(() => run(pathOf(lane, name), ...values));
}

/** A step about two names. */
function onPaths(
  run: (from: string, to: string) => unknown,
): (lane: Lane, from: number, to: number) => Promise<string> {
  return (lane, from, to) => outcomeOf(() => run(pathOf(lane, from), pathOf(lane, to)));
}

/** A step that writes so many bytes under a name. */
function withPattern(
  write: (path: string, bytes: Uint8Array) => Promise<void>,
): (lane: Lane, name: number, size: number) => Promise<string> {
  return (lane, name, size) => outcomeOf(() => write(pathOf(lane, name), patternBytes(name, size)));
}

async function open(lane: Lane, slot: number, name: number, flags: number): Promise<string> {
  await lane.files[slot % SLOTS]?.close();
  lane.files[slot % SLOTS] = null;
  return await outcomeOf(async () => {
    lane.files[slot % SLOTS] = await fs.open(pathOf(lane, name), FLAGS[flags % FLAGS.length]);
  });
}

async function write(file: fs.File, size: number, at: number): Promise<unknown> {
  const bytes = patternBytes(at, size);
  if (size % 3 > 0) return await file.write(bytes, { at });
  const { buffer } = await file.writeFrom(bytes.buffer, { at });
  return `${buffer.byteLength} bytes`;
}

async function read(file: fs.File, size: number, at: number): Promise<Uint8Array> {
  if (size % 3 > 0) return await file.read({ length: size, at });
  const { bytesRead, buffer } = await file.readInto(new ArrayBuffer(size + 1), { at });
  return new Uint8Array(buffer, 0, bytesRead);
}

/** Reads of different places side by side; each has its own result. */
async function readSeveral(
  file: fs.File,
  count: number,
  size: number,
  at: number,
): Promise<string> {
  const reads = Array.from({ length: count * 4 }, (_, index) =>
    outcomeOf(() => file.read({ length: size, at: at * index })),
  );
  return (await Promise.all(reads)).join(", ");
}

/** A read that races with its abort either gives the bytes or takes nothing. */
async function raceRead(file: fs.File, size: number, at: number, yields: number): Promise<string> {
  const length = size + 1;
  const raced = await outcomeOfAborted(yields, (signal) => file.read({ length, at, signal }));
  const whole = await outcomeOf(() => file.read({ length, at }));
  must(raced === whole || raced === "rejected with fuzz", `a raced read: ${raced}, not ${whole}`);
  return whole;
}

/** A write that races with its abort leaves a beginning of the new, and can be done again. */
async function raceWrite(path: string, size: number, yields: number): Promise<void> {
  const bytes = patternBytes(1, size + 1);
  await fs.writeFile(path, "");
  const raced = await outcomeOfAborted(yields, (signal) => fs.writeFile(path, bytes, { signal }));
  const written = await fs.readFile(path);
  const isBeginning = Buffer.compare(written, bytes.subarray(0, written.byteLength)) === 0;
  must(isBeginning, `a raced write left ${written.byteLength} wrong bytes`);
  must(
    raced === "rejected with fuzz" || written.byteLength === size + 1,
    `a raced write: ${raced}`,
  );
  await fs.writeFile(path, bytes);
}

/** How large a directory is, is each file system's own business. */
async function sizeOf(file: fs.File): Promise<unknown> {
  const stats = await file.stat();
  return stats.isDirectory() ? "a directory" : stats.size;
}

async function closeWhileReading(
  lane: Lane,
  slot: number,
  count: number,
  size: number,
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

/** A link to one name under another. */
function symlink(lane: Lane, target: number, name: number): Promise<string> {
  return outcomeOf(() => fs.symlink(nameOf(target), pathOf(lane, name)));
}

function mkdir(lane: Lane, name: number, recursive: number): Promise<string> {
  return outcomeOf(async () => {
    const made = await fs.mkdir(pathOf(lane, name), { recursive: recursive === 1 });
    return made === undefined ? "nothing made" : made.replace(lane.folder, "");
  });
}

function rm(path: string, how: number): Promise<void> {
  return fs.rm(path, { recursive: how > 1, force: how % 2 === 1 });
}

async function stat(path: string): Promise<unknown> {
  const stats = await fs.stat(path);
  // The simulation has no permissions, which the differential test of fs compares; how many
  // links a directory has, and how large it is, is each file system's own business.
  const type = stats.mode & S_IFMT;
  if (stats.isDirectory()) return { type };
  return { type, links: stats.nlink, size: stats.size };
}
