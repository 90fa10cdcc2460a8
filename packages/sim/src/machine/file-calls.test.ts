import { expect, test } from "bun:test";
import { EBADF, EINVAL, ENXIO } from "../errno.ts";
import { resolveFaults } from "../faults.ts";
import { FileSystem } from "../files/file-system.ts";
import { WorldState } from "../world-state.ts";
import { DescriptorTable } from "./descriptor-table.ts";
import { FileCalls } from "./file-calls.ts";
import { PathCalls } from "./path-calls.ts";

const CWD = -100;
const O_RDWR_CREAT = 0o102;
const [SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE] = [0, 1, 2, 3, 4];

test("seek finds all of a file to be data, and one hole at its end", () => {
  const world = new WorldState(1, resolveFaults("none"));
  const table = new DescriptorTable(8);
  const paths = new PathCalls(world, new FileSystem(() => 0), table);
  const calls = new FileCalls(world, table, paths, 2 ** 20);
  const fd = calls.open(CWD, "/file", O_RDWR_CREAT, 0o644);
  calls.truncate(fd, 5000);
  const found = [
    calls.seek(fd, 1000, SEEK_DATA),
    calls.seek(fd, 0, SEEK_CUR),
    calls.seek(fd, 1000, SEEK_HOLE),
    calls.seek(fd, -1, SEEK_END),
    calls.seek(fd, 7, SEEK_SET),
    calls.seek(fd, -2, SEEK_CUR),
  ];
  expect(found).toEqual([1000, 1000, 5000, 4999, 7, 5]);
  for (const whence of [SEEK_DATA, SEEK_HOLE]) {
    expect([calls.seek(fd, 5000, whence), calls.seek(fd, -1, whence)]).toEqual([-ENXIO, -ENXIO]);
  }
  expect([calls.seek(fd, -1, SEEK_SET), calls.seek(fd, 0, 9)]).toEqual([-EINVAL, -EINVAL]);
  expect(calls.seek(fd, 0, SEEK_CUR)).toBe(5);
  expect(calls.seek(99, 0, SEEK_SET)).toBe(-EBADF);
});
