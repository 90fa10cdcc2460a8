import { expect, test } from "bun:test";
import { closeSync, openSync, statSync } from "node:fs";
import { createPipe, closeDescriptor } from "./descriptors.ts";
import { EBADF, EINVAL, ESPIPE } from "./errno.ts";
import { movePosition, moveToEnd } from "./seek.ts";

test("moves the position of a file forth and back, but not before its beginning", () => {
  const fd = openSync(import.meta.path, "r");
  expect(movePosition(fd, 100)).toBe(100);
  expect(movePosition(fd, -40)).toBe(60);
  expect(movePosition(fd, 5_000_000_000)).toBe(5_000_000_060);
  expect(movePosition(fd, -6_000_000_000)).toBe(-EINVAL);
  closeSync(fd);
});

test("the end of a file is its size, and its position from then on", () => {
  const fd = openSync(import.meta.path, "r");
  const { size } = statSync(import.meta.path);
  expect(moveToEnd(fd)).toBe(size);
  expect(movePosition(fd, -size)).toBe(0);
  closeSync(fd);
  expect(moveToEnd(fd)).toBe(-EBADF);
});

test("a pipe has no position, and a descriptor that is not open has nothing", () => {
  const pipe = createPipe();
  if (typeof pipe === "number") throw new Error("No pipe");
  expect(movePosition(pipe.first, 0)).toBe(-ESPIPE);
  expect(moveToEnd(pipe.first)).toBe(-ESPIPE);
  for (const fd of [pipe.first, pipe.second]) closeDescriptor(fd);
  expect(movePosition(0x7ffffff, 0)).toBe(-EBADF);
});
