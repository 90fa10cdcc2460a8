import { expect } from "bun:test";
import type { Operation } from "@bascule/core";
import { writeDescriptor } from "@bascule/sys";
import { callWith, readSome, Recorder } from "@bascule/test-support";
import { Bench, CONFIGURATIONS, uringTest } from "../test/harness.ts";

const STEPS = 3000;
const STREAMS = 12;
/** Small enough that queues fill up, completions overflow and buffers run out all the time. */
const SIZES = { queueEntries: 4, receiveBuffers: 16, receiveBufferBytes: 32 };

/** A reproducible source of numbers below `limit`: mulberry32. */
function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/**
 * A connection whose directions both carry the numbers 0, 1, 2 … modulo 251, so that a byte that is
 * lost, doubled or from elsewhere shows.
 */
class Stream {
  readonly recorder: Recorder;
  receiving: Operation | null = null;
  sending: Operation | null = null;
  written: number = 0;
  sent: number = 0;
  readonly #bench: Bench;
  readonly #ends: ReturnType<Bench["pair"]>;
  #checked: number = 0;
  #arrived: number = 0;
  #finals: number = 0;

  constructor(bench: Bench, holds: boolean) {
    this.#bench = bench;
    this.#ends = bench.pair();
    this.recorder = new Recorder(bench.driver, holds);
    this.recorder.onEach = ({ more, result }) => {
      if (!more) this.receiving = null;
      if (!more) this.#finals++;
      if (result === 0) throw new Error("The stream ended by itself");
    };
  }

  receive(): void {
    this.receiving ??= this.#bench.receive(this.#ends.ours, this.recorder);
  }

  cancelReceive(): void {
    if (this.receiving !== null) this.#bench.driver.ledger.cancel(this.receiving);
  }

  cancelSend(): void {
    if (this.sending !== null) this.#bench.driver.ledger.cancel(this.sending);
  }

  peerWrites(count: number): void {
    const result = callWith(numbered(this.written, count), (address) =>
      writeDescriptor(this.#ends.theirs, address, count),
    );
    if (result > 0) this.written += result;
  }

  send(count: number): void {
    if (this.sending !== null) return;
    const sent = new Recorder(this.#bench.driver);
    sent.onEach = ({ result }) => {
      this.sending = null;
      if (result > 0) this.sent += result;
    };
    this.sending = this.#bench.send(this.#ends.ours, sent, numbered(this.sent, count));
  }

  releaseAll(): void {
    while (this.recorder.held.length > 0) this.recorder.releaseOne();
  }

  peerReads(max: number): void {
    const chunk = readSome(this.#ends.theirs, max);
    if (typeof chunk === "number") return;
    for (const byte of chunk) expectByte(byte, this.#arrived++);
  }

  /** Compares what came since the last look. */
  check(): void {
    const { completions } = this.recorder;
    for (const { bytes } of completions.splice(0)) {
      for (const byte of bytes ?? []) expectByte(byte, this.#checked++);
    }
  }

  get isComplete(): boolean {
    return this.#checked === this.written && this.#arrived === this.sent;
  }

  get finals(): number {
    return this.#finals;
  }
}

function numbered(from: number, count: number): ArrayBuffer {
  const memory = new ArrayBuffer(count);
  const bytes = new Uint8Array(memory);
  for (let index = 0; index < count; index++) bytes[index] = (from + index) % 251;
  return memory;
}

function expectByte(byte: number, position: number): void {
  if (byte !== position % 251) throw new Error(`Byte ${position} is ${byte}`);
}

function step(streams: readonly Stream[], bench: Bench, random: (limit: number) => number): void {
  const stream = streams[random(streams.length)] as Stream;
  switch (random(10)) {
    case 0:
    case 1:
      return stream.receive();
    case 2:
      return stream.cancelReceive();
    case 3:
    case 4:
      return stream.peerWrites(1 + random(200));
    case 5:
      return stream.send(1 + random(random(20) === 0 ? 300_000 : 500));
    case 6:
      return random(3) === 0 ? stream.cancelSend() : undefined;
    case 7:
      return stream.peerReads(1 + random(5000));
    case 8:
      if (stream.recorder.held.length > 0) stream.recorder.releaseOne();
      return undefined;
    default:
      bench.driver.turn(0);
      return stream.check();
  }
}

for (const [index, { title, without }] of CONFIGURATIONS.entries()) {
  const seed = 20261121 + index;
  uringTest(`${title}: a storm of reads, writes and cancels loses no byte (seed ${seed})`, () => {
    using bench = new Bench({ ...SIZES, without });
    const random = randomFrom(seed);
    const streams = Array.from({ length: STREAMS }, (_, at) => new Stream(bench, at % 3 === 0));
    for (let count = 0; count < STEPS; count++) step(streams, bench, random);
    bench.turnUntil(() => {
      for (const stream of streams) {
        stream.releaseAll();
        stream.receive();
        stream.peerReads(65536);
        stream.check();
      }
      return streams.every((stream) => stream.isComplete && stream.sending === null);
    });
    for (const stream of streams) stream.cancelReceive();
    bench.turnUntil(() => bench.driver.ledger.inFlight === 0);
    for (const stream of streams) stream.releaseAll();
    const { receivePool, ledger } = bench.driver;
    expect(receivePool.free).toBe(receivePool.count);
    expect(ledger.counters.completed).toBe(ledger.counters.submitted);
    expect(streams.reduce((sum, stream) => sum + stream.finals, 0)).toBeGreaterThan(100);
  });
}
