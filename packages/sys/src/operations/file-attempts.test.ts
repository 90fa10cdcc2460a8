import { afterAll, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import * as nodeFs from "node:fs";
import { ThreadForm, threadsEnd, Workplace } from "../../test/files.ts";
import { expectSuccess, frameOf, nameOf, Resources } from "../../test/sockets.ts";
import { createPipe, O_NONBLOCK, statusFlags } from "../descriptors.ts";
import { ENOENT, EOPNOTSUPP } from "../errno.ts";
import { createEventfd, signalEventfd } from "../eventfd.ts";
import { AT_EMPTY_PATH, AT_FDCWD, O_CREAT, O_TRUNC, O_WRONLY, R_OK, W_OK } from "../file-flags.ts";
import { decodeStatus, STATX_ALL, STATX_BYTES } from "../file-status.ts";
import { libc } from "../libc.ts";
import { addressOf } from "../memory.ts";
import { readVector } from "../vectored.ts";
import { accessAt } from "./access.ts";
import { INLINE_BYTES_MAX } from "./file-attempt.ts";
import { fsync } from "./fsync.ts";
import { mkdirAt } from "./mkdir.ts";
import { openAt } from "./open.ts";
import { WOULD_BLOCK } from "./operation-kind.ts";
import { readAt, readDirectAt } from "./read-at.ts";
import { read, write } from "./read.ts";
import { statAt } from "./stat.ts";

afterAll(threadsEnd);

const FADVISE: number = process.arch === "arm64" ? 223 : 221;
const DONT_NEED = 4;

const RWF_NOWAIT = 8;
const TMPFS = 0x01021994;

/** Of the module, since a variable that is not read again keeps nothing alive during a call. */
const PROBED = new ArrayBuffer(1);

/** What an attempt to read gives: file systems such as tmpfs and overlayfs never read at once. */
function expectedNow(fd: number, count: number): number {
  const result = readVector(fd, addressOf(PROBED), 1, 0, RWF_NOWAIT);
  if (result !== -EOPNOTSUPP) return count;
  process.stderr.write("not run: a read at once, since the temporary folder has none\n");
  return WOULD_BLOCK;
}

/** Has the kernel forget what it holds of a file in memory. */
function forget(fd: number): void {
  nodeFs.fsyncSync(fd);
  expectSuccess(libc().syscall(FADVISE, fd, 0, 0, DONT_NEED, 0, 0));
}

test("a read from memory is attempted; one that needs the disk is for a thread", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  using threads = new ThreadForm();
  nodeFs.writeFileSync(`${place.folder}/file`, Buffer.alloc(65536, 7));
  const fd = resources.descriptor(nodeFs.openSync(`${place.folder}/file`, "r"));
  const address = place.take(4096);
  const reading = frameOf({ fd, address, length: 4096, offset: 8192 });
  const expected = expectedNow(fd, 4096);
  expect(readAt.attempt(reading)).toBe(expected);
  forget(fd);
  // A file system without a disk has nothing to forget to.
  const onDisk = readAt.attempt(reading) === WOULD_BLOCK;
  if (!onDisk) process.stderr.write("no cold file here: the temporary folder is in memory\n");
  expect(threads.perform(readAt, reading)).toBe(4096);
  expect(place.bytes(address, 4096).every((byte) => byte === 7)).toBe(true);
  expect(readAt.attempt(reading)).toBe(expected);
});

test("a read of more than a moment's copying is for a thread, cached or not", () => {
  using resources = new Resources();
  using place = new Workplace(resources, INLINE_BYTES_MAX + 65536);
  nodeFs.writeFileSync(`${place.folder}/file`, Buffer.alloc(2 * INLINE_BYTES_MAX));
  const fd = resources.descriptor(nodeFs.openSync(`${place.folder}/file`, "r"));
  const reading = frameOf({ fd, address: place.take(INLINE_BYTES_MAX + 1) });
  reading.length = INLINE_BYTES_MAX + 1;
  expect(readAt.attempt(reading)).toBe(WOULD_BLOCK);
  reading.length = INLINE_BYTES_MAX;
  expect(readAt.attempt(reading)).toBe(expectedNow(fd, INLINE_BYTES_MAX));
  expect(readDirectAt.attempt(reading)).toBe(WOULD_BLOCK);
});

test("a file of /proc, whose size is 0, is read by a thread", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  using threads = new ThreadForm();
  const fd = resources.descriptor(nodeFs.openSync("/proc/self/status", "r"));
  const address = place.take(4096);
  const count = threads.perform(readAt, { fd, address, length: 4096, offset: 0 });
  expect(place.text(address, count)).toStartWith("Name:\t");
});

test("open is attempted in memory, and ends without O_NONBLOCK, unless it changes", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  nodeFs.writeFileSync(`${place.folder}/file`, "x");
  const opening = frameOf({ fd: AT_FDCWD, address: place.path("file") });
  const fd = resources.descriptor(openAt.attempt(opening));
  expect(statusFlags(fd) & O_NONBLOCK).toBe(0);
  for (const flags of [O_CREAT | O_WRONLY, O_TRUNC | O_WRONLY]) {
    expect(openAt.attempt({ ...opening, flags })).toBe(WOULD_BLOCK);
  }
  // Looked up once, and remembered as missing, but by tmpfs.
  expect(nodeFs.existsSync(`${place.folder}/missing`)).toBe(false);
  const missing = openAt.attempt(frameOf({ fd: AT_FDCWD, address: place.path("missing") }));
  const isTmpfs = nodeFs.statfsSync(place.folder).type === TMPFS;
  expect(missing).toBe(isTmpfs ? WOULD_BLOCK : -ENOENT);
});

test("what changes a directory or waits for a disk is never attempted", () => {
  expect(mkdirAt.attempt(frameOf({}))).toBe(WOULD_BLOCK);
  expect(fsync.attempt(frameOf({}))).toBe(WOULD_BLOCK);
});

test("stat and access of a known path are answered from memory", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  nodeFs.writeFileSync(`${place.folder}/file`, "12345");
  const offset = place.take(STATX_BYTES);
  const asking = frameOf({ fd: AT_FDCWD, address: place.path("file"), length: STATX_ALL, offset });
  expect(statAt.attempt(asking)).toBe(0);
  expect(decodeStatus(place.bytes(offset, STATX_BYTES)).size).toBe(5);
  const fd = resources.descriptor(nodeFs.openSync(`${place.folder}/file`, "r"));
  const address = place.path("", true);
  expect(statAt.attempt({ ...asking, fd, address, flags: AT_EMPTY_PATH })).toBe(0);
  expect(accessAt.attempt({ ...asking, length: R_OK | W_OK })).toBe(0);
  expect(nameOf(statAt.attempt({ ...asking, fd: 9999, address, flags: AT_EMPTY_PATH }))).toBe(
    "EBADF",
  );
});

test("a FIFO opens for reading at once, and its read waits for somebody who writes", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  const path = `${place.folder}/fifo`;
  execFileSync("mkfifo", [path]);
  nodeFs.statSync(path);
  const opening = frameOf({ fd: AT_FDCWD, address: place.path("fifo") });
  expect(openAt.attempt({ ...opening, flags: O_WRONLY })).toBe(WOULD_BLOCK);
  const fd = resources.descriptor(openAt.attempt(opening));
  const reading = frameOf({ fd, address: place.take(16), length: 16 });
  expect(read.attempt(reading)).toBe(WOULD_BLOCK);
  const writer = nodeFs.openSync(path, "w");
  expect(read.attempt(reading)).toBe(WOULD_BLOCK);
  nodeFs.writeSync(writer, "hello");
  expect(read.attempt(reading)).toBe(5);
  nodeFs.closeSync(writer);
  expect(read.attempt(reading)).toBe(0);
});

test("write waits for room in a pipe, and fails as write(2) does without a reader", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  const pipe = expectSuccess(createPipe());
  resources.descriptor(pipe.first);
  const fd = resources.descriptor(pipe.second);
  const writing = frameOf({ fd, address: place.memory.address, length: 65536 });
  expect(write.attempt(writing)).toBe(65536);
  expect(write.attempt(writing)).toBe(WOULD_BLOCK);
  resources.close(pipe.first);
  expect(nameOf(write.attempt(writing))).toBe("EPIPE");
});

test("a descriptor that nothing comes from would block, and gives what comes", () => {
  using resources = new Resources();
  using place = new Workplace(resources);
  const fd = resources.descriptor(createEventfd());
  const reading = frameOf({ fd, address: place.take(8), length: 8 });
  expect(read.attempt(reading)).toBe(WOULD_BLOCK);
  signalEventfd(fd);
  expect(read.attempt(reading)).toBe(8);
  expect(nameOf(read.attempt({ ...reading, fd: 9999 }))).toBe("EBADF");
});
