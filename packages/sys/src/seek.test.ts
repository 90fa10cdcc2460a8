import { expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { createPipe, closeDescriptor } from "./descriptors.ts";
import { EBADF, EINVAL, ESPIPE } from "./errno.ts";
import { movePosition } from "./seek.ts";

test("moves the position of a file forth and back, but not before its beginning", () => {
  const fd = openSync(import.meta.path, "r");
  expect(movePosition(fd, 100)).toBe(100);
  expect(movePosition(fd, -40)).toBe(60);
  expect(movePosition(fd, 5_000_000_000)).toBe(5_000_000_060);
  expect(movePosition(fd, -6_000_000_000)).toBe(-EINVAL);
  closeSync(fd);
});

test("a pipe has no position, and a descriptor that is not open has nothing", () => {
  const pipe = createPipe();
  if (typeof pipe === "number") throw new Error("No pipe");
  expect(movePosition(pipe.first, 0)).toBe(-ESPIPE);
  for (const fd of [pipe.first, pipe.second]) closeDescriptor(fd);
  expect(movePosition(0x7ffffff, 0)).toBe(-EBADF);
});
