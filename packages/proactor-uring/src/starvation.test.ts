import { expect } from "bun:test";
import { ECANCELED } from "@bascule/sys";
import { Recorder, writeText } from "@bascule/test-support";
import { Bench, uringTest, waitReadable } from "../test/harness.ts";

const SIZES = { receiveBuffers: 16, receiveBufferBytes: 64 };
const VARIANTS = [
  { title: "buffer ring", without: [] },
  { title: "one-shot receives", without: ["multishot-recv"] },
  { title: "no buffer ring", without: ["buffer-ring"] },
];

/** A peer that has sent more than all buffers hold, to a socket whose reader gives none back. */
function exhaust(bench: Bench): Recorder {
  const { ours, theirs } = bench.pair();
  const hog = new Recorder(bench.driver, true);
  bench.receive(ours, hog);
  writeText(theirs, "h".repeat(16 * 64 + 100));
  bench.turnUntil(() => bench.driver.counters.starvedReceives > 0);
  bench.settle();
  expect(bench.driver.receivePool.free).toBe(0);
  return hog;
}

for (const { title, without } of VARIANTS) {
  uringTest(`${title}: without a buffer a receive waits, unseen by its listener`, () => {
    using bench = new Bench({ ...SIZES, without });
    const hog = exhaust(bench);
    expect(hog.byteCount).toBe(16 * 64);
    expect(hog.finals).toBe(0);
    const { systemCalls } = bench.driver.counters;
    for (let turn = 0; turn < 10; turn++) bench.driver.turn(0);
    expect(bench.driver.counters.systemCalls).toBe(systemCalls);
    expect(bench.driver.mayProgress()).toBe(false);
  });

  uringTest(`${title}: it goes on when a buffer comes back`, () => {
    using bench = new Bench({ ...SIZES, without });
    const hog = exhaust(bench);
    hog.releaseOne();
    expect(bench.driver.mayProgress()).toBe(true);
    bench.turnUntil(() => hog.byteCount === 17 * 64);
    hog.releaseOne();
    bench.turnUntil(() => hog.byteCount === 16 * 64 + 100);
    expect(hog.finals).toBe(0);
  });

  uringTest(`${title}: everybody who starved gets a turn, in order`, () => {
    using bench = new Bench({ ...SIZES, without });
    const hog = exhaust(bench);
    const others = Array.from({ length: 20 }, (_, index) => {
      const { ours, theirs } = bench.pair();
      const received = new Recorder(bench.driver);
      bench.receive(ours, received);
      writeText(theirs, `from ${index}`);
      return received;
    });
    bench.settle();
    expect(others.every((each) => each.completions.length === 0)).toBe(true);
    while (hog.held.length > 0) hog.releaseOne();
    bench.turnUntil(() => others.every((each) => each.text.startsWith("from ")));
    expect(others.map((each) => each.text)).toEqual(others.map((_, index) => `from ${index}`));
  });

  uringTest(
    `${title}: a starved receive can be cancelled, and keeps its bytes for the next`,
    () => {
      using bench = new Bench({ ...SIZES, without });
      const hog = exhaust(bench);
      const { ours, theirs } = bench.pair();
      const starved = new Recorder(bench.driver);
      const operation = bench.receive(ours, starved);
      writeText(theirs, "kept");
      bench.settle();
      bench.driver.ledger.cancel(operation);
      bench.turnUntil(() => starved.finals === 1);
      expect(starved.results).toEqual([-ECANCELED]);
      const next = new Recorder(bench.driver);
      bench.receive(ours, next);
      bench.settle();
      while (hog.held.length > 0) hog.releaseOne();
      bench.turnUntil(() => next.text === "kept");
    },
  );

  uringTest(`${title}: a buffer that comes back while the host sleeps wakes it`, () => {
    using bench = new Bench({ ...SIZES, without });
    const hog = exhaust(bench);
    expect(bench.driver.park(Infinity)).toBe(true);
    hog.releaseOne();
    waitReadable(bench.driver.hostFd);
    bench.driver.awake();
    bench.turnUntil(() => hog.byteCount > 16 * 64);
  });
}

uringTest("a buffer is released once: a second time is a fault", () => {
  using bench = new Bench(SIZES);
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver, true);
  bench.receive(ours, received);
  writeText(theirs, "x");
  bench.turnUntil(() => received.held.length === 1);
  const [bufferId = -1] = received.held;
  bench.driver.receivePool.release(bufferId);
  expect(() => bench.driver.receivePool.release(bufferId)).toThrow("it is not out");
  expect(() => bench.driver.receivePool.release(-1)).toThrow("it is not out");
  expect(() => bench.driver.receivePool.release(16)).toThrow("it is not out");
});
