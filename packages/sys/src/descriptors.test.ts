import { expect, test } from "bun:test";
import { expectSuccess, nameOf, Resources } from "../test/sockets.ts";
import {
  closeDescriptor,
  createPipe,
  descriptorFlags,
  duplicateDescriptor,
  FD_CLOEXEC,
  O_NONBLOCK,
  readDescriptor,
  setStatusFlags,
  statusFlags,
  writeDescriptor,
} from "./descriptors.ts";

test("what is written to a pipe is read from it, and its end is 0", () => {
  using resources = new Resources();
  const { first, second } = resources.pair(createPipe());
  const memory = resources.memory();
  memory.bytes.set([1, 2, 3]);
  expect(nameOf(readDescriptor(first, memory.address, 10))).toBe("EAGAIN");
  expect(writeDescriptor(second, memory.address, 3)).toBe(3);
  expect(readDescriptor(first, memory.address + 100, 10)).toBe(3);
  expect([...memory.bytes.subarray(100, 103)]).toEqual([1, 2, 3]);
  resources.close(second);
  expect(readDescriptor(first, memory.address, 10)).toBe(0);
});

test("closing works once", () => {
  const pipe = expectSuccess(createPipe());
  expect(closeDescriptor(pipe.first)).toBe(0);
  expect(closeDescriptor(pipe.second)).toBe(0);
  expect(nameOf(closeDescriptor(pipe.first))).toBe("EBADF");
  expect(nameOf(descriptorFlags(pipe.second))).toBe("EBADF");
});

test("a duplicate outlives the original and is closed on exec", () => {
  using resources = new Resources();
  const { first, second } = resources.pair(createPipe());
  const memory = resources.memory();
  const duplicate = resources.descriptor(duplicateDescriptor(second));
  expect(descriptorFlags(duplicate) & FD_CLOEXEC).toBe(FD_CLOEXEC);
  resources.close(second);
  expect(writeDescriptor(duplicate, memory.address, 1)).toBe(1);
  expect(readDescriptor(first, memory.address, 1)).toBe(1);
});

test("status flags are read and set", () => {
  using resources = new Resources();
  const { first } = resources.pair(createPipe(0));
  expect(statusFlags(first) & O_NONBLOCK).toBe(0);
  expect(setStatusFlags(first, O_NONBLOCK)).toBe(0);
  expect(statusFlags(first) & O_NONBLOCK).toBe(O_NONBLOCK);
});
