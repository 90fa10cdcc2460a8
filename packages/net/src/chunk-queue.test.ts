import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FakeReceivePool, patternAt } from "../test/fake-receive-pool.ts";
import { type Chunk, ChunkQueue } from "./chunk-queue.ts";

const BUFFER_BYTES = 8192;
/** Up to so many bytes are copied out at once when nothing else is there. */
const SMALL_BYTES = 4096;
/** Buffers that one socket may hold unread. */
const POOLED_MAX = 64;

/** A queue over a pool of its own, which is not low unless `reserve` says so. */
class Rig {
  readonly pool: FakeReceivePool;
  readonly queue: ChunkQueue;
  /** Bytes that left the queue, in whichever way. */
  taken: number = 0;
  readonly leases: Chunk[] = [];

  constructor(count: number, reserve: number = 0) {
    this.pool = new FakeReceivePool({ count, bufferSize: BUFFER_BYTES, reserve });
    this.queue = new ChunkQueue(this.pool);
  }

  get buffersOut(): number {
    return this.pool.count - this.pool.free;
  }

  push(byteLength: number): void {
    const bufferId = this.pool.receive(byteLength);
    if (bufferId >= 0) this.queue.push(bufferId, byteLength);
  }

  take(max: number): void {
    if (this.queue.byteLength === 0) return;
    const expected = Math.min(max, this.queue.byteLength);
    this.check(this.queue.take(max), expected);
  }

  takeInto(byteLength: number): void {
    const target = new Uint8Array(byteLength);
    const expected = Math.min(byteLength, this.queue.byteLength);
    const filled = this.queue.takeInto(target);
    expect(filled).toBe(expected);
    this.check(target.subarray(0, filled), expected);
  }

  shift(): void {
    const chunk = this.queue.shift();
    expect(chunk === null).toBe(this.taken === this.pool.received);
    if (chunk === null) return;
    const bytes = chunk.bytes.subarray(chunk.start, chunk.end);
    expectPattern(bytes, this.taken);
    this.taken += bytes.byteLength;
    if (chunk.bufferId >= 0) this.leases.push(chunk);
  }

  clear(): void {
    this.queue.clear();
    this.taken = this.pool.received;
  }

  releaseLeases(): void {
    for (const { bufferId } of this.leases.splice(0)) this.pool.release(bufferId);
  }

  /** The bytes come next, and are the caller's own: nothing else shows a change of them. */
  check(bytes: Uint8Array, byteLength: number): void {
    expect(bytes.byteLength).toBe(byteLength);
    expectPattern(bytes, this.taken);
    bytes.fill(254);
    this.taken += byteLength;
  }
}

function expectPattern(bytes: Uint8Array, offset: number): void {
  expect(Buffer.compare(bytes, patternAt(offset, bytes.byteLength))).toBe(0);
}

function stepOf(): fc.Arbitrary<(rig: Rig) => void> {
  const small = fc.integer({ min: 1, max: 200 });
  const any = fc.integer({ min: 1, max: BUFFER_BYTES });
  const many = fc.integer({ min: 1, max: 5 * BUFFER_BYTES });
  return fc.oneof(
    fc.oneof(small, any).map((byteLength) => (rig: Rig) => rig.push(byteLength)),
    fc.oneof(small, many).map((max) => (rig: Rig) => rig.take(max)),
    fc.oneof(small, many).map((byteLength) => (rig: Rig) => rig.takeInto(byteLength)),
    fc.constant((rig: Rig) => rig.shift()),
    fc.constant((rig: Rig) => rig.releaseLeases()),
    fc.boolean().map((lends) => (rig: Rig) => void (rig.queue.lends = lends)),
    { weight: 1, arbitrary: fc.constant((rig: Rig) => rig.clear()) },
  );
}

test("whatever is pushed and taken, bytes keep their order and buffers go back once", () => {
  const steps = fc.array(stepOf(), { maxLength: 120, size: "max" });
  fc.assert(
    fc.property(fc.nat(12), steps, (reserve, actions) => {
      const rig = new Rig(12, reserve);
      for (const act of actions) {
        act(rig);
        expect(rig.queue.byteLength).toBe(rig.pool.received - rig.taken);
        expect(rig.buffersOut).toBe(rig.queue.pooled + rig.leases.length);
      }
      rig.take(rig.queue.byteLength);
      rig.releaseLeases();
      expect([rig.queue.byteLength, rig.queue.pooled, rig.buffersOut]).toEqual([0, 0, 0]);
    }),
    { numRuns: 150 },
  );
});

describe("few bytes that come first", () => {
  test("are copied out as they come, and taken as that very array", () => {
    const rig = new Rig(4);
    rig.push(SMALL_BYTES);
    expect([rig.queue.pooled, rig.buffersOut]).toEqual([0, 0]);
    const bytes = rig.queue.take(65_536);
    expect(bytes.buffer.byteLength).toBe(SMALL_BYTES);
    rig.check(bytes, SMALL_BYTES);
  });

  test("stay in the pool behind others, and so do many bytes", () => {
    const rig = new Rig(4);
    rig.push(SMALL_BYTES + 1);
    rig.push(10);
    expect([rig.queue.pooled, rig.buffersOut]).toEqual([2, 2]);
    rig.take(SMALL_BYTES + 11);
    expect([rig.queue.pooled, rig.buffersOut]).toEqual([0, 0]);
  });

  test("stay in the pool while chunks are lent out", () => {
    const rig = new Rig(4);
    rig.queue.lends = true;
    rig.push(1);
    const chunk = rig.queue.shift();
    expect([chunk?.bytes, chunk?.bufferId, rig.buffersOut]).toEqual([rig.pool.bytes, 0, 1]);
    rig.pool.release(0);
  });
});

describe("a socket that nobody reads", () => {
  test("copies out what comes while the pool is low", () => {
    const rig = new Rig(8, 6);
    for (let i = 0; i < 20; i++) rig.push(BUFFER_BYTES);
    // With the buffer that has just come, three are out: fewer than the reserve are free.
    expect([rig.queue.pooled, rig.pool.free]).toEqual([2, 6]);
    while (rig.queue.byteLength > 0) rig.take(10_000);
    expect([rig.taken, rig.buffersOut]).toEqual([20 * BUFFER_BYTES, 0]);
  });

  test("holds a bounded number of buffers, however little is in them", () => {
    const rig = new Rig(100);
    rig.queue.lends = true;
    for (let i = 0; i < 1000; i++) rig.push(1);
    expect([rig.queue.pooled, rig.buffersOut]).toEqual([POOLED_MAX, POOLED_MAX]);
    rig.take(1000);
    expect(rig.buffersOut).toBe(0);
  });

  test("gathers many small pieces in few chunks", () => {
    const rig = new Rig(4, 5);
    for (let i = 0; i < 2000; i++) rig.push(10);
    let chunks = 0;
    for (; rig.queue.byteLength > 0; chunks++) rig.shift();
    // The first stands alone; 409 of the others fit into 4096 bytes.
    expect([chunks, rig.taken]).toEqual([6, 20_000]);
  });
});

test("gathered memory that is partly used is never given away as a whole", () => {
  const rig = new Rig(2, 3);
  rig.queue.lends = true;
  for (let i = 0; i < 200; i++) rig.push(100);
  rig.take(1);
  while (rig.queue.byteLength > 0) rig.take(SMALL_BYTES);
  expect([rig.taken, rig.buffersOut]).toEqual([20_000, 0]);
});

test("pieces come out in order behind a lent chunk that is still out", () => {
  const rig = new Rig(2, 1);
  rig.queue.lends = true;
  rig.push(100);
  rig.shift();
  rig.push(200);
  rig.push(300);
  expect([rig.leases.length, rig.queue.byteLength]).toEqual([1, 500]);
  rig.take(500);
  rig.releaseLeases();
  expect(rig.buffersOut).toBe(0);
});

test("clearing gives every buffer back, and the queue goes on", () => {
  const rig = new Rig(8, 2);
  for (let i = 0; i < 12; i++) rig.push(BUFFER_BYTES);
  rig.clear();
  expect([rig.queue.byteLength, rig.queue.pooled, rig.buffersOut]).toEqual([0, 0, 0]);
  expect(rig.queue.shift()).toBeNull();
  expect(rig.queue.takeInto(new Uint8Array(1))).toBe(0);
  rig.push(5);
  rig.take(5);
});
