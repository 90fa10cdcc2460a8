import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { frameOf, Resources } from "../test/sockets.ts";
import { libc } from "./libc.ts";
import {
  addressOf,
  addressOfBytes,
  allocateBuffer,
  allocateBytes,
  FIXED_BYTES_MIN,
  mapMemory,
} from "./memory.ts";
import { recvInto } from "./operations/recv.ts";
import { send } from "./operations/send.ts";

test("mapped memory is zeroed, writable and seen by the kernel at its address", () => {
  using resources = new Resources();
  const { first, second } = resources.socketPair();
  const source = resources.memory(64);
  const target = resources.memory(64);
  expect(source.bytes.every((byte) => byte === 0)).toBe(true);
  source.bytes.set([1, 2, 3]);
  send.attempt(frameOf({ fd: first, address: source.address, length: 3 }));
  recvInto.attempt(frameOf({ fd: second, address: target.address + 8, length: 64 - 8 }));
  expect(target.bytes.slice(8, 12)).toEqual(new Uint8Array([1, 2, 3, 0]));
});

test("after unmap every view is empty, so that a late access reads nothing", () => {
  const memory = mapMemory(4096);
  const words = new Int32Array(memory.buffer);
  words[0] = 7;
  memory.unmap();
  expect(memory.bytes.length).toBe(0);
  expect(words[0]).toBeUndefined();
  Bun.gc(true);
  expect(() => memory.unmap()).not.toThrow();
});

test("unmapping gives the memory back to the system", () => {
  const before = residentPages();
  for (let round = 0; round < 64; round++) {
    const memory = mapMemory(8 << 20);
    memory.bytes.fill(1);
    memory.unmap();
  }
  // 512 MiB went through; what stays is far less than that.
  expect(residentPages() - before).toBeLessThan((128 << 20) / 4096);
});

test("a length that cannot be mapped is refused", () => {
  for (const length of [0, -1, 1.5, 2 ** 31, NaN]) {
    expect(() => mapMemory(length)).toThrow(RangeError);
  }
});

test("an ArrayBuffer has an address, which garbage collection does not change", () => {
  const buffer = new ArrayBuffer(64);
  const view = new Uint8Array(buffer);
  const address = addressOf(buffer);
  for (let round = 0; round < 20; round++) {
    Array.from({ length: 1000 }, () => new Uint8Array(100));
    Bun.gc(true);
    view[0] = round;
    expect(addressOf(buffer)).toBe(address);
  }
});

test("what is written through an address is seen in the buffer after many collections", () => {
  using resources = new Resources();
  const { first, second } = resources.socketPair();
  const source = resources.memory(16);
  const buffer = new ArrayBuffer(16);
  const view = new Uint8Array(buffer);
  const address = addressOf(buffer);
  for (let round = 0; round < 5000; round++) {
    source.bytes[0] = round;
    send.attempt(frameOf({ fd: first, address: source.address, length: 1 }));
    if (round % 500 === 0) Bun.gc(true);
    recvInto.attempt(frameOf({ fd: second, address, length: 16 }));
    if (view[0] !== (round & 0xff)) throw new Error(`Round ${round} read ${view[0]}`);
  }
  expect(view[0]).toBe(4999 & 0xff);
});

test("transfer keeps the address and refuses the old handle", () => {
  const buffer = new ArrayBuffer(4096);
  const address = addressOf(buffer);
  const moved = buffer.transfer();
  expect(addressOf(moved)).toBe(address);
  expect(() => addressOf(buffer)).toThrow("Cannot take an address: the ArrayBuffer is detached");
});

test("whatever has no lasting address is refused", () => {
  expect(() => addressOf(new ArrayBuffer(0))).toThrow(RangeError);
  expect(() => addressOf(new Uint8Array(8) as unknown as ArrayBuffer)).toThrow(TypeError);
  expect(() => addressOf(new SharedArrayBuffer(8) as unknown as ArrayBuffer)).toThrow(TypeError);
  expect(() => addressOf(new ArrayBuffer(8, { maxByteLength: 16 }))).toThrow("is resizable");
});

test("errno is that of the call just made, over many calls and collections", () => {
  libc();
  using resources = new Resources();
  const { first } = resources.socketPair();
  const memory = resources.memory(16);
  for (let round = 0; round < 20_000; round++) {
    const bad = send.attempt(frameOf({ fd: -1, address: memory.address, length: 1 }));
    const unmapped = send.attempt(frameOf({ fd: first, address: 1, length: 1 }));
    if (bad !== -9 || unmapped !== -14) throw new Error(`Round ${round}: ${bad}, ${unmapped}`);
    if (round % 1000 === 0) Bun.gc(true);
  }
  expect(memory.address).toBeGreaterThan(0);
});

function residentPages(): number {
  return Number(readFileSync("/proc/self/statm", "latin1").split(" ")[1]);
}

test("an array that stays has the same address whatever is done with it", () => {
  for (const byteLength of [FIXED_BYTES_MIN, 4096, 1 << 20]) {
    for (let round = 0; round < 50; round++) {
      const bytes = round % 2 === 0 ? allocateBytes(byteLength) : allocateBuffer(byteLength);
      const address = addressOfBytes(bytes);
      bytes[round] = round;
      if (round % 10 === 0) Bun.gc(true);
      expect(bytes.subarray(1).buffer).toBe(bytes.buffer);
      expect(addressOfBytes(bytes)).toBe(address);
      expect(addressOf(bytes.buffer as ArrayBuffer)).toBe(address);
    }
  }
  expect(() => allocateBytes(FIXED_BYTES_MIN - 1)).toThrow(RangeError);
  expect(() => allocateBuffer(FIXED_BYTES_MIN - 1)).toThrow(RangeError);
});
