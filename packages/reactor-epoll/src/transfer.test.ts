import { expect, test } from "bun:test";
import { addressOf, readDescriptor, recv, send, writeDescriptor } from "@bascule/sys";
import { callWith, Recorder } from "@bascule/test-support";
import { Bench } from "../test/harness.ts";

const TOTAL_BYTES = 32 << 20;
const CHUNK_BYTES = 1 << 20;

/** A chunk whose bytes depend on their place in the whole transfer. */
function fillPattern(into: Uint8Array, offset: number): void {
  const words = new Uint32Array(into.buffer, 0, into.length / 4);
  for (let index = 0; index < words.length; index++) {
    words[index] = Math.imul(offset / 4 + index, 2654435761);
  }
}

test("32 MiB go out whole and byte-exact to a reader that is slow", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const memory = new ArrayBuffer(CHUNK_BYTES);
  const expected = new Bun.CryptoHasher("sha256");
  const arrived = new Bun.CryptoHasher("sha256");
  const sending = new Recorder(bench.driver);
  let accepted = 0;
  let shortSends = 0;
  const sendRest = (): void => {
    const at = accepted % CHUNK_BYTES;
    if (at === 0) {
      fillPattern(new Uint8Array(memory), accepted);
      expected.update(memory);
    }
    const operation = bench.driver.ledger.prepare(send, ours, sending);
    operation.address = addressOf(memory) + at;
    operation.length = CHUNK_BYTES - at;
    operation.root = memory;
    bench.driver.ledger.submit(operation);
  };
  sending.onEach = ({ result }, operation) => {
    if (result < operation.length) shortSends++;
    accepted += Math.max(0, result);
    if (accepted < TOTAL_BYTES) sendRest();
  };
  sendRest();
  const target = new ArrayBuffer(50_000);
  const bytes = new Uint8Array(target);
  let read = 0;
  while (read < TOTAL_BYTES) {
    bench.driver.turn(0);
    const count = callWith(target, (address) => readDescriptor(theirs, address, bytes.length));
    if (count <= 0) continue;
    arrived.update(bytes.subarray(0, count));
    read += count;
  }
  expect(shortSends).toBeGreaterThan(0);
  expect(accepted).toBe(TOTAL_BYTES);
  expect(arrived.digest("hex")).toBe(expected.digest("hex"));
});

test("32 MiB come in whole and byte-exact in whatever pieces they are written", () => {
  using bench = new Bench({ receiveBuffers: 16, receiveBufferBytes: 8192 });
  const { ours, theirs } = bench.pair();
  const expected = new Bun.CryptoHasher("sha256");
  const arrived = new Bun.CryptoHasher("sha256");
  let received = 0;
  const pool = bench.driver.receivePool;
  const operation = bench.driver.ledger.prepare(recv, ours, {
    onCompletion(_operation, result, _more, bufferId) {
      if (bufferId < 0) return;
      const at = bufferId * pool.bufferSize;
      arrived.update(pool.bytes.subarray(at, at + result));
      received += result;
      pool.release(bufferId);
    },
  });
  bench.driver.ledger.submit(operation);
  const memory = new ArrayBuffer(CHUNK_BYTES);
  let written = 0;
  for (let round = 1; written < TOTAL_BYTES; round++) {
    const at = written % CHUNK_BYTES;
    if (at === 0) {
      fillPattern(new Uint8Array(memory), written);
      expected.update(memory);
    }
    const length = Math.min((round * 7919) % 150_000, CHUNK_BYTES - at) || 1;
    const write = (address: number): number => writeDescriptor(theirs, address + at, length);
    written += Math.max(0, callWith(memory, write));
    bench.driver.turn(0);
  }
  bench.turnUntil(() => received === TOTAL_BYTES);
  expect(arrived.digest("hex")).toBe(expected.digest("hex"));
});
