import { expect, test } from "bun:test";
import { Choices } from "../choices.ts";
import { FileData } from "./file-data.ts";

function contentOf(data: FileData): Uint8Array {
  const bytes = new Uint8Array(data.size);
  expect(data.read(0, bytes)).toBe(data.size);
  return bytes;
}

test("writes go to their places, holes are zeros, and cutting off forgets", () => {
  const data = new FileData();
  data.write(2, new Uint8Array([1, 2]));
  expect([...contentOf(data)]).toEqual([0, 0, 1, 2]);
  data.resize(3);
  data.resize(5);
  expect([...contentOf(data)]).toEqual([0, 0, 1, 0, 0]);
  expect(data.read(4, new Uint8Array(10))).toBe(1);
  expect(data.read(9, new Uint8Array(10))).toBe(0);
});

test("what was synced survives every crash", () => {
  for (let seed = 0; seed < 50; seed++) {
    const data = new FileData();
    data.write(0, new Uint8Array(2000).fill(1));
    data.sync();
    data.crash(new Choices(seed), 0.5);
    expect(contentOf(data)).toEqual(new Uint8Array(2000).fill(1));
  }
});

test("what was not survives whole, in whole sectors, or not at all", () => {
  const sizes = new Set<number>();
  for (let seed = 0; seed < 200; seed++) {
    const data = new FileData();
    data.write(0, new Uint8Array(2048).fill(1));
    data.crash(new Choices(seed), 0.5);
    sizes.add(data.size);
  }
  expect([...sizes].toSorted((a, b) => a - b)).toEqual([0, 512, 1024, 1536, 2048]);
});

test("a crash without a choice loses all that was not synced", () => {
  const data = new FileData();
  data.write(0, new Uint8Array([1]));
  data.crash(new Choices(new Map()), 1);
  expect(data.size).toBe(0);
});

test("a durable write survives with what it was written over, or without", () => {
  const left = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    const data = new FileData();
    data.write(0, new Uint8Array([1, 1, 1, 1]));
    data.sync();
    data.write(1, new Uint8Array([2, 2]));
    data.resize(3);
    data.writeDurably(2, new Uint8Array([3]));
    data.write(0, new Uint8Array([4]));
    data.crash(new Choices(seed), 1);
    left.add([...contentOf(data)].join(""));
  }
  expect([...left].toSorted()).toEqual(["113", "123", "413", "423"]);
});

test("of a file that was dropped a crash leaves what was synced", () => {
  const data = new FileData();
  data.write(0, new Uint8Array([1, 1]));
  data.sync();
  data.write(0, new Uint8Array([2]));
  data.writeDurably(1, new Uint8Array([3]));
  data.drop();
  expect(data.crash(new Choices(new Map([[0, 1]])), 0).lostBytes).toBe(1);
  expect([...contentOf(data)]).toEqual([1, 3]);
});

test("a crash counts only what was not synced, and names a size that the file has not", () => {
  const data = new FileData();
  data.writeDurably(0, new Uint8Array([1]));
  data.write(1, new Uint8Array([2, 2]));
  data.writeDurably(0, new Uint8Array([3, 3, 3, 3]));
  data.resize(4);
  const nothingKept = new Choices(new Map());
  expect(data.crash(nothingKept, 0)).toEqual({ unsyncedBytes: 2, lostBytes: 2, lostSize: null });
  expect([...contentOf(data)]).toEqual([3, 3, 3, 3]);
});
