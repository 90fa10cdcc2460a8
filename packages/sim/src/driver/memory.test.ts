import { expect, test } from "bun:test";
import { Memory } from "./memory.ts";

test("an address leads back to its bytes, and two pieces of memory never touch", () => {
  const memory = new Memory();
  const first = new Uint8Array(10);
  const second = new Uint8Array(10);
  const [one, other] = [memory.map(first), memory.map(second)];
  memory.view(one + 3, 2).set([7, 8]);
  expect([...first]).toEqual([0, 0, 0, 7, 8, 0, 0, 0, 0, 0]);
  expect(second.every((byte) => byte === 0)).toBe(true);
  expect(Math.abs(other - one)).toBeGreaterThan(2 ** 31);
});

test("a buffer of the program has one address for as long as it lives", () => {
  const memory = new Memory();
  const buffer = new ArrayBuffer(4);
  const address = memory.addressOf(buffer);
  expect(memory.addressOf(buffer)).toBe(address);
  expect(memory.addressOf(new ArrayBuffer(4))).not.toBe(address);
  memory.view(address, 4).fill(9);
  expect([...new Uint8Array(buffer)]).toEqual([9, 9, 9, 9]);
});

test("a wild pointer, one byte too far, and memory that was moved away are found", () => {
  const memory = new Memory();
  const address = memory.map(new Uint8Array(10));
  expect(() => memory.view(12, 1)).toThrow("is used for 1 bytes");
  expect(() => memory.view(address + 5, 6)).toThrow("it has not so many");
  const buffer = new ArrayBuffer(8);
  const moved = memory.addressOf(buffer);
  buffer.transfer();
  expect(() => memory.view(moved, 1)).toThrow(TypeError);
});

test("a text ends at its null byte", () => {
  const memory = new Memory();
  const address = memory.map(new TextEncoder().encode("xx/tmp/file\0rest"));
  expect(new TextDecoder().decode(memory.text(address + 2))).toBe("/tmp/file");
});
