import { afterAll, describe, expect, test } from "bun:test";
import * as nodeFs from "node:fs";
import { FORMS, type Form, threadsEnd, Workplace } from "../../test/files.ts";
import { nameOf, Resources } from "../../test/sockets.ts";
import { descriptorFlags, FD_CLOEXEC } from "../descriptors.ts";
import { DT_DIR, DT_LNK, DT_REG, visitDirectory } from "../directory-entries.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  FSYNC_DATASYNC,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDWR,
  O_WRONLY,
  R_OK,
  RENAME_NOREPLACE,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
} from "../file-flags.ts";
import {
  decodeStatus,
  encodeFileTimes,
  FILE_TIMES_BYTES,
  inodeOfStatus,
  STATX_ALL,
  STATX_BYTES,
} from "../file-status.ts";
import { accessAt } from "./access.ts";
import { chmodAt } from "./chmod.ts";
import { chownAt } from "./chown.ts";
import { copyRange } from "./copy-range.ts";
import { fallocate } from "./fallocate.ts";
import { fsync } from "./fsync.ts";
import { linkAt } from "./link.ts";
import { mkdirAt } from "./mkdir.ts";
import { openAt } from "./open.ts";
import { readAt } from "./read-at.ts";
import { readDirectory } from "./read-directory.ts";
import { readlinkAt } from "./readlink.ts";
import { renameAt } from "./rename.ts";
import { seekAt } from "./seek.ts";
import { statAt } from "./stat.ts";
import { symlinkAt } from "./symlink.ts";
import { truncateAt } from "./truncate.ts";
import { unlinkAt } from "./unlink.ts";
import { utimesAt } from "./utimes.ts";
import { writeAt } from "./write-at.ts";

afterAll(threadsEnd);

const FIVE_GIB = 5 * 2 ** 30;
const CWD = AT_FDCWD;

/** Runs a test once for every form that this machine has. */
function eachForm(
  name: string,
  body: (form: Form, place: Workplace, resources: Resources) => void,
): void {
  describe.each(FORMS)("$title", ({ make }) => {
    test(name, () => {
      using resources = new Resources();
      using place = new Workplace(resources);
      using form = make();
      body(form, place, resources);
    });
  });
}

function openFile(form: Form, place: Workplace, resources: Resources, name: string): number {
  const frame = { fd: CWD, address: place.path(name), flags: O_RDWR | O_CREAT, length: 0o644 };
  return resources.descriptor(form.perform(openAt, frame));
}

eachForm("open creates with the mode, closes on exec, and fails as open(2)", (form, place, own) => {
  const address = place.path("new");
  const creating = { fd: CWD, address, flags: O_RDWR | O_CREAT | O_EXCL, length: 0o640 };
  const fd = own.descriptor(form.perform(openAt, creating));
  expect(descriptorFlags(fd) & FD_CLOEXEC).toBe(FD_CLOEXEC);
  expect(nodeFs.statSync(`${place.folder}/new`).mode & 0o777).toBe(0o640 & ~process.umask());
  expect(nameOf(form.perform(openAt, creating))).toBe("EEXIST");
  const missing = { fd: CWD, address: place.path("missing") };
  expect(nameOf(form.perform(openAt, missing))).toBe("ENOENT");
  const directory = { fd: CWD, address: place.path(""), flags: O_WRONLY };
  expect(nameOf(form.perform(openAt, directory))).toBe("EISDIR");
});

eachForm(
  "reads and writes are at the offset, or at the file's own position",
  (form, place, own) => {
    const fd = openFile(form, place, own, "data");
    const source = place.take(16);
    place.bytes(source, 10).set(Buffer.from("0123456789"));
    expect(form.perform(writeAt, { fd, address: source, length: 10, offset: 5 })).toBe(10);
    expect(form.perform(writeAt, { fd, address: source, length: 2, offset: -1 })).toBe(2);
    expect(nodeFs.readFileSync(`${place.folder}/data`, "latin1")).toBe("01\0\0\x000123456789");
    const target = place.take(64);
    expect(form.perform(readAt, { fd, address: target, length: 64, offset: 13 })).toBe(2);
    expect(place.text(target, 2)).toBe("89");
    expect(form.perform(readAt, { fd, address: target, length: 4, offset: -1 })).toBe(4);
    expect(place.text(target, 4)).toBe("\0\0\x000");
    expect(form.perform(readAt, { fd, address: target, length: 4, offset: 100 })).toBe(0);
  },
);

eachForm("appending ignores the position", (form, place, own) => {
  nodeFs.writeFileSync(`${place.folder}/log`, "one,");
  const address = place.path("log");
  const opening = { fd: CWD, address, flags: O_WRONLY | O_APPEND };
  const fd = own.descriptor(form.perform(openAt, opening));
  const source = place.take(8);
  place.bytes(source, 3).set(Buffer.from("two"));
  expect(form.perform(writeAt, { fd, address: source, length: 3, offset: -1 })).toBe(3);
  expect(nodeFs.readFileSync(`${place.folder}/log`, "latin1")).toBe("one,two");
});

eachForm("offsets beyond 4 GiB are exact, in a file full of holes", (form, place, own) => {
  const fd = openFile(form, place, own, "sparse");
  const source = place.take(8);
  place.bytes(source, 4).set(Buffer.from("far!"));
  expect(form.perform(writeAt, { fd, address: source, length: 4, offset: FIVE_GIB + 1 })).toBe(4);
  const target = place.take(16);
  expect(form.perform(readAt, { fd, address: target, length: 16, offset: FIVE_GIB })).toBe(5);
  expect(place.text(target, 5)).toBe("\0far!");
  expect(form.perform(truncateAt, { fd, offset: FIVE_GIB + 3 })).toBe(0);
  const status = place.take(STATX_BYTES);
  const asking = { fd, address: place.path("", true), flags: AT_EMPTY_PATH, length: STATX_ALL };
  expect(form.perform(statAt, { ...asking, offset: status })).toBe(0);
  expect(decodeStatus(place.bytes(status, STATX_BYTES)).size).toBe(FIVE_GIB + 3);
  expect(form.perform(fallocate, { fd, offset: FIVE_GIB, length: 4096 })).toBe(0);
  expect(nodeFs.fstatSync(fd).size).toBe(FIVE_GIB + 4096);
  expect(nodeFs.fstatSync(fd).blocks).toBeLessThan(1000);
});

eachForm("stat tells the same as node:fs, of a file and of a link", (form, place) => {
  nodeFs.writeFileSync(`${place.folder}/file`, "content");
  nodeFs.symlinkSync("file", `${place.folder}/link`);
  const status = place.take(STATX_BYTES);
  const asking = { fd: CWD, address: place.path("link"), length: STATX_ALL, offset: status };
  for (const [flags, node] of [
    [0, nodeFs.statSync(`${place.folder}/link`, { bigint: true })],
    [AT_SYMLINK_NOFOLLOW, nodeFs.lstatSync(`${place.folder}/link`, { bigint: true })],
  ] as const) {
    expect(form.perform(statAt, { ...asking, flags })).toBe(0);
    const told = decodeStatus(place.bytes(status, STATX_BYTES));
    expect(BigInt(told.size)).toBe(node.size);
    expect(BigInt(told.mode)).toBe(node.mode);
    expect(BigInt(told.device)).toBe(node.dev);
    expect(BigInt(told.links)).toBe(node.nlink);
    expect(inodeOfStatus(place.bytes(status, STATX_BYTES))).toBe(node.ino);
    const { seconds, nanoseconds } = told.modified;
    expect(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)).toBe(node.mtimeNs);
  }
  const missing = { ...asking, address: place.path("missing") };
  expect(nameOf(form.perform(statAt, missing))).toBe("ENOENT");
});

eachForm("names are made, linked, renamed and removed", (form, place) => {
  const at = (name: string): string => `${place.folder}/${name}`;
  const mkdir = { fd: CWD, address: place.path("folder"), length: 0o755 };
  expect(form.perform(mkdirAt, mkdir)).toBe(0);
  expect(nameOf(form.perform(mkdirAt, mkdir))).toBe("EEXIST");
  nodeFs.writeFileSync(at("a"), "a");
  const [a, b, link] = [place.path("a"), place.path("b"), place.path("folder/link")];
  expect(form.perform(linkAt, { fd: CWD, address: a, length: CWD, offset: b })).toBe(0);
  expect(nodeFs.statSync(at("b")).nlink).toBe(2);
  const renaming = { fd: CWD, address: a, length: CWD, offset: b, flags: RENAME_NOREPLACE };
  expect(nameOf(form.perform(renameAt, renaming))).toBe("EEXIST");
  expect(form.perform(unlinkAt, { fd: CWD, address: a })).toBe(0);
  const text = place.path("../b", true);
  expect(form.perform(symlinkAt, { fd: CWD, address: text, offset: link })).toBe(0);
  expect(nodeFs.readFileSync(at("folder/link"), "latin1")).toBe("a");
  const target = place.take(64);
  const reading = { fd: CWD, address: link, offset: target, length: 64 };
  expect(form.perform(readlinkAt, reading)).toBe(4);
  expect(place.text(target, 4)).toBe("../b");
  const removing = { fd: CWD, address: place.path("folder"), flags: AT_REMOVEDIR };
  expect(nameOf(form.perform(unlinkAt, removing))).toBe("ENOTEMPTY");
  expect(form.perform(unlinkAt, { fd: CWD, address: link })).toBe(0);
  expect(form.perform(unlinkAt, removing)).toBe(0);
  expect(nodeFs.readdirSync(place.folder)).toEqual(["b"]);
});

eachForm(
  "a directory's entries come with their types, however many there are",
  (form, place, own) => {
    const expected = new Map<string, number>([["folder", DT_DIR]]);
    for (let index = 0; index < 500; index++) expected.set(`file ${index} ü`, DT_REG);
    for (const [name, type] of expected) {
      if (type === DT_REG) nodeFs.writeFileSync(`${place.folder}/${name}`, "");
    }
    nodeFs.mkdirSync(`${place.folder}/folder`);
    nodeFs.symlinkSync("nowhere", `${place.folder}/link`);
    expected.set("link", DT_LNK);
    const opening = { fd: CWD, address: place.path(""), flags: O_DIRECTORY };
    const fd = own.descriptor(form.perform(openAt, opening));
    const found = new Map<string, number>();
    const address = place.take(2048);
    const bytes = place.bytes(address, 2048);
    for (;;) {
      const count = form.perform(readDirectory, { fd, address, length: 2048 });
      expect(count).toBeGreaterThanOrEqual(0);
      if (count === 0) break;
      visitDirectory(bytes, count, (all, start, end, type) => {
        found.set(Buffer.from(all.subarray(start, end)).toString(), type);
      });
    }
    expect(found).toEqual(expected);
    expect(found.size).toBe(502);
  },
);

eachForm("seek finds data and holes past 4 GiB, and moves the position", (form, place, own) => {
  const fd = openFile(form, place, own, "file");
  nodeFs.ftruncateSync(fd, FIVE_GIB + 2 ** 20);
  nodeFs.writeSync(fd, "data", FIVE_GIB);
  const seek = (offset: number, flags: number): number =>
    form.perform(seekAt, { fd, offset, flags });
  expect(seek(0, SEEK_HOLE)).toBe(0);
  expect(seek(0, SEEK_DATA)).toBe(FIVE_GIB);
  expect(seek(0, SEEK_CUR)).toBe(FIVE_GIB);
  expect(seek(FIVE_GIB, SEEK_HOLE)).toBe(FIVE_GIB + 4096);
  expect(nameOf(seek(FIVE_GIB + 4096, SEEK_DATA))).toBe("ENXIO");
  expect(seek(-1, SEEK_END)).toBe(FIVE_GIB + 2 ** 20 - 1);
  expect(nameOf(seek(0, 9))).toBe("EINVAL");
});

eachForm("the rest: sync, copy, permissions, times, access", (form, place, own) => {
  const path = `${place.folder}/file`;
  nodeFs.writeFileSync(path, "0123456789");
  const fd = openFile(form, place, own, "file");
  expect(form.perform(fsync, { fd })).toBe(0);
  expect(form.perform(fsync, { fd, flags: FSYNC_DATASYNC })).toBe(0);
  const copyFd = openFile(form, place, own, "copy");
  const positions = place.take(16);
  place.bytes(positions, 16)[0] = 4;
  const copying = { fd, flags: copyFd, address: positions, length: 100 };
  expect(form.perform(copyRange, copying)).toBe(6);
  expect(nodeFs.readFileSync(`${place.folder}/copy`, "latin1")).toBe("456789");
  expect([...place.bytes(positions, 16)].filter((each) => each !== 0)).toEqual([10, 6]);
  expect(form.perform(copyRange, copying)).toBe(0);
  const address = place.path("file");
  expect(form.perform(chmodAt, { fd: CWD, address, length: 0o600 })).toBe(0);
  expect(nodeFs.statSync(path).mode & 0o777).toBe(0o600);
  expect(form.perform(chmodAt, { fd, length: 0o644 })).toBe(0);
  expect(nodeFs.statSync(path).mode & 0o777).toBe(0o644);
  const { uid, gid } = nodeFs.statSync(path);
  expect(form.perform(chownAt, { fd: CWD, address, length: uid, offset: gid })).toBe(0);
  expect(form.perform(chownAt, { fd, length: uid, offset: gid })).toBe(0);
  if (uid === 0) {
    expect(form.perform(chownAt, { fd, length: 1000, offset: 1001 })).toBe(0);
    expect(nodeFs.statSync(path)).toMatchObject({ uid: 1000, gid: 1001 });
  }
  const times = place.take(FILE_TIMES_BYTES);
  encodeFileTimes(place.bytes(times, FILE_TIMES_BYTES), 0, -1500.5, 1_234_567_890_123.25);
  expect(form.perform(utimesAt, { fd: CWD, address, offset: times })).toBe(0);
  const { atimeMs, mtimeMs } = nodeFs.statSync(path);
  expect(atimeMs).toBeCloseTo(-1500.5, 2);
  expect(mtimeMs).toBeCloseTo(1_234_567_890_123.25, 2);
  expect(form.perform(accessAt, { fd: CWD, address, length: R_OK })).toBe(0);
  const missing = { fd: CWD, address: place.path("missing"), length: R_OK };
  expect(nameOf(form.perform(accessAt, missing))).toBe("ENOENT");
});
