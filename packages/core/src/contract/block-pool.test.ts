import { expect, test } from "bun:test";
import fc from "fast-check";
import { fakeMapping } from "../../test/fake-driver.ts";
import { InvariantError } from "../errors.ts";
import { BlockPool, type Mapping } from "./block-pool.ts";
import type { Block } from "./buffer-pools.ts";

test("up to 4096 bytes get a small block, anything more a large one", () => {
  const pool = new BlockPool(fakeMapping);
  const sizes = [1, 4096, 4097, 1 << 20].map((byteLength) => pool.take(byteLength).byteLength);
  expect(sizes).toEqual([4096, 4096, 65_536, 65_536]);
  expect(pool.taken).toBe(4);
});

test("the block that came back last goes out first", () => {
  const pool = new BlockPool(fakeMapping);
  const [first, second] = [pool.take(1), pool.take(1)];
  pool.give(second);
  pool.give(first);
  expect(pool.take(1)).toBe(first);
  expect(pool.take(1)).toBe(second);
});

test("blocks that are out never overlap, and their addresses follow their bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }), (sizes) => {
      const pool = new BlockPool(fakeMapping);
      const blocks = sizes.map((isLarge) => pool.take(isLarge ? 65_536 : 100));
      for (const [index, block] of blocks.entries()) block.bytes.fill(index & 255);
      for (const [index, block] of blocks.entries()) {
        expect(block.bytes.every((byte) => byte === (index & 255))).toBe(true);
        expect(block.address).toBe(4096 + block.bytes.byteOffset);
      }
      for (const block of blocks) pool.give(block);
      expect(pool.taken).toBe(0);
    }),
    { numRuns: 10 },
  );
});

test("giving a block back twice throws instead of lending it to two writers", () => {
  const pool = new BlockPool(fakeMapping);
  const block = pool.take(1);
  pool.give(block);
  expect(() => pool.give(block)).toThrow(InvariantError);
  expect(() => pool.give(block)).toThrow(`Send block at ${block.address} is given back twice`);
});

test("destroying unmaps every slab, but not while a block is out", () => {
  let mapped = 0;
  const map = (byteLength: number): Mapping => {
    mapped += byteLength;
    return { ...fakeMapping(byteLength), unmap: () => (mapped -= byteLength) };
  };
  const pool = new BlockPool(map);
  const blocks: Block[] = [pool.take(1), pool.take(5000)];
  expect(pool.mappedBytes).toBe(mapped);
  expect(() => pool.destroy()).toThrow("Send pool is destroyed with 2 blocks out");
  for (const block of blocks) pool.give(block);
  pool.destroy();
  expect([mapped, pool.mappedBytes]).toEqual([0, 0]);
});

test("a block comes back to its own size", () => {
  const pool = new BlockPool(fakeMapping);
  const large = pool.take(65_536);
  pool.give(large);
  expect(pool.take(1).byteLength).toBe(4096);
  expect(pool.take(65_536)).toBe(large);
});
