import { expect, test } from "bun:test";
import { Descriptor } from "./descriptor.ts";

test("a descriptor starts open, with nothing holding it", () => {
  const { fd, holds, closing, closed } = new Descriptor(0);
  expect({ fd, holds, closing, closed }).toEqual({
    fd: 0,
    holds: 0,
    closing: false,
    closed: false,
  });
});

test.each([-1, 1.5, Number.NaN])("%p is refused as a descriptor number", (fd) => {
  expect(() => new Descriptor(fd)).toThrow(
    new RangeError(`Cannot own descriptor: "${fd}" is not a descriptor number`),
  );
});
