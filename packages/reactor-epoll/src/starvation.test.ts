import { expect, test } from "bun:test";
import { ECANCELED, POLLIN, pollOnce, SHUT_WR, shutdownSocket } from "@bascule/sys";
import { must, Recorder, writeText } from "@bascule/test-support";
import { becomesReadable, Bench } from "../test/harness.ts";

const TIGHT = { receiveBuffers: 16, receiveBufferBytes: 16 };

/** A socket that has taken every buffer, and the recorder that holds them. */
function exhaust(bench: Bench): Recorder {
  const { ours, theirs } = bench.pair();
  const holder = new Recorder(bench.driver, true);
  writeText(theirs, "h".repeat(16 * 16));
  bench.receive(ours, holder);
  bench.turnUntil(() => bench.driver.receivePool.free === 0);
  bench.settle();
  return holder;
}

test("a receive without a free buffer waits, and goes on when one is released", () => {
  using bench = new Bench(TIGHT);
  const holder = exhaust(bench);
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  writeText(theirs, "patient");
  bench.settle();
  expect(received.completions).toEqual([]);
  expect(bench.driver.counters.starvedReceives).toBeGreaterThan(0);
  holder.releaseOne();
  expect(bench.driver.park(Infinity)).toBe(false);
  bench.driver.turn(Infinity);
  expect(received.text).toBe("patient");
});

test("starving costs nothing while no buffer is released", () => {
  using bench = new Bench(TIGHT);
  exhaust(bench);
  const { ours, theirs } = bench.pair();
  bench.receive(ours, new Recorder(bench.driver));
  writeText(theirs, "still");
  bench.settle();
  const starved = bench.driver.counters.starvedReceives;
  const { systemCalls } = bench.driver.counters;
  for (let turn = 0; turn < 10; turn++) expect(bench.driver.turn(0)).toBe(0);
  expect(bench.driver.counters.starvedReceives).toBe(starved);
  expect(bench.driver.counters.systemCalls - systemCalls).toBe(10);
});

test("many starved receives each get their turn", () => {
  using bench = new Bench(TIGHT);
  const holder = exhaust(bench);
  const others = Array.from({ length: 20 }, (_, index) => {
    const { ours, theirs } = bench.pair();
    const received = new Recorder(bench.driver);
    bench.receive(ours, received);
    writeText(theirs, `from ${index}`);
    return received;
  });
  bench.settle();
  holder.releaseOne();
  bench.turnUntil(() => others.every((each) => each.text !== ""));
  expect(others.map((each) => each.text)).toEqual(others.map((_, index) => `from ${index}`));
});

test("a cancelled starved receive ends once, takes no buffer and leaves the others waiting", () => {
  using bench = new Bench(TIGHT);
  const holder = exhaust(bench);
  const [first, second] = [bench.pair(), bench.pair()];
  const [cancelled, kept] = [new Recorder(bench.driver), new Recorder(bench.driver)];
  const operation = bench.receive(first.ours, cancelled);
  bench.receive(second.ours, kept);
  writeText(first.theirs, "left in the socket");
  writeText(second.theirs, "kept");
  bench.settle();
  bench.driver.ledger.cancel(operation);
  // The one that is due for the buffer is the one that is cancelled.
  holder.releaseOne();
  bench.settle();
  expect(cancelled.results).toEqual([-ECANCELED]);
  expect(kept.text).toBe("kept");
});

test("what waits behind a cancelled starved receive needs no buffer to go on", () => {
  using bench = new Bench(TIGHT);
  exhaust(bench);
  const { ours, theirs } = bench.pair();
  const starved = new Recorder(bench.driver);
  const operation = bench.receive(ours, starved);
  const polled = new Recorder(bench.driver);
  const behind = bench.driver.ledger.prepare(pollOnce, ours, polled);
  behind.flags = POLLIN;
  bench.driver.ledger.submit(behind);
  writeText(theirs, "there");
  bench.settle();
  expect(polled.completions).toEqual([]);
  bench.driver.ledger.cancel(operation);
  bench.settle();
  expect(polled.results).toEqual([POLLIN]);
});

test("a buffer released while the host sleeps wakes it", () => {
  using bench = new Bench(TIGHT);
  const holder = exhaust(bench);
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  writeText(theirs, "wake");
  bench.settle();
  expect(bench.driver.park(Infinity)).toBe(true);
  expect(becomesReadable(bench.driver.hostFd, 0)).toBe(false);
  holder.releaseOne();
  expect(becomesReadable(bench.driver.hostFd, 0)).toBe(true);
  bench.driver.turn(0);
  expect(received.text).toBe("wake");
});

test("a receive that meets the end keeps no buffer", () => {
  using bench = new Bench(TIGHT);
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  must(shutdownSocket(theirs, SHUT_WR));
  bench.turnUntil(() => received.finals === 1);
  expect(received.results).toEqual([0]);
  const { free, count } = bench.driver.receivePool;
  expect(free).toBe(count);
});

test("releasing a buffer twice, or one that was never out, throws", () => {
  using bench = new Bench(TIGHT);
  const holder = exhaust(bench);
  const [bufferId = -1] = holder.held;
  holder.releaseOne();
  expect(() => bench.driver.receivePool.release(bufferId)).toThrow("it is not out");
  expect(() => bench.driver.receivePool.release(16)).toThrow("it is not out");
  expect(() => bench.driver.receivePool.release(-1)).toThrow("it is not out");
});
