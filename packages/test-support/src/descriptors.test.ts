import { expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { descriptorsFallTo, openDescriptorCount, openDescriptors } from "./descriptors.ts";

test("openDescriptors() names what is open, and no longer what was closed", () => {
  const before = openDescriptors();
  const fd = openSync("/dev/null", "r");
  const opened = openDescriptors().filter((each) => !before.includes(each));
  closeSync(fd);
  expect(opened).toEqual([`${fd} /dev/null`]);
  expect(openDescriptors()).toEqual(before);
});

test("descriptorsFallTo() waits for the last one to close", async () => {
  const before = openDescriptorCount();
  const fd = openSync("/dev/null", "r");
  setImmediate(() => closeSync(fd));
  await descriptorsFallTo(before);
  expect(openDescriptorCount()).toBe(before);
});
