import { expect, test } from "bun:test";
import { closeDescriptor, duplicateDescriptor, ECANCELED, recvOnce } from "@bascule/sys";
import { memoryOf, must, Recorder, writeText } from "@bascule/test-support";
import { Bench } from "../test/harness.ts";

test("a number that is used again gets only its own bytes", () => {
  using bench = new Bench();
  const numbers = new Set<number>();
  for (let life = 0; life < 200; life++) {
    const { ours, theirs } = bench.pair();
    numbers.add(ours.fd);
    const received = new Recorder(bench.driver);
    bench.receive(ours, received);
    if (life % 3 === 0) bench.settle();
    writeText(theirs, `life ${life}`);
    if (life % 2 === 0) bench.settle();
    bench.driver.ledger.close(ours);
    bench.settle();
    expect(ours.closed).toBe(true);
    expect(["", `life ${life}`]).toContain(received.text);
    expect(received.results.at(-1)).toBe(-ECANCELED);
  }
  expect(numbers.size).toBeLessThan(200);
});

test("a late event of an earlier descriptor is recognised by its generation", () => {
  using bench = new Bench();
  const first = bench.pair();
  const received = new Recorder(bench.driver);
  bench.receive(first.ours, received);
  bench.settle();
  // A duplicate keeps the open file, and with it the registration, alive beyond the close.
  bench.keep(must(duplicateDescriptor(first.ours.fd)));
  bench.driver.ledger.close(first.ours);
  bench.settle();
  const second = bench.pair();
  const other = second.ours.fd === first.ours.fd ? second.ours : bench.own(first.ours.fd);
  const own = new Recorder(bench.driver);
  bench.receive(other, own);
  bench.settle();
  writeText(first.theirs, "for the dead");
  bench.settle();
  expect(bench.driver.ledger.counters.stale).toBe(1);
  expect(own.completions).toEqual([]);
  expect(received.results).toEqual([-ECANCELED]);
});

test("an open file that comes back under its old number is registered anew", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  bench.submit(recvOnce, ours, new Recorder(bench.driver));
  bench.settle();
  const copy = bench.keep(must(duplicateDescriptor(ours.fd)));
  bench.driver.ledger.close(ours);
  bench.settle();
  const again = bench.own(must(duplicateDescriptor(copy)));
  expect(again.fd).toBe(ours.fd);
  const received = new Recorder(bench.driver);
  bench.receive(again, received);
  bench.settle();
  writeText(theirs, "back");
  bench.turnUntil(() => received.text === "back");
});

test("closing cancels what is in flight, and closes when the last completion is delivered", () => {
  using bench = new Bench();
  const { ours } = bench.pair();
  const received = new Recorder(bench.driver);
  let closedBefore = true;
  received.onEach = () => {
    closedBefore = ours.closed;
  };
  bench.receive(ours, received);
  bench.settle();
  bench.driver.ledger.close(ours);
  expect(ours.closed).toBe(false);
  bench.settle();
  expect(received.results).toEqual([-ECANCELED]);
  expect(closedBefore).toBe(true);
});

test("a number whose sends had to wait is written to at once for its next owner", () => {
  using bench = new Bench();
  const { ours } = bench.pair();
  const full = new Recorder(bench.driver);
  for (let sends = 0; bench.driver.ledger.inFlight === 0; sends++) {
    if (sends > 1000) throw new Error("The socket is never full");
    bench.send(ours, full, new ArrayBuffer(1 << 20));
    bench.settle();
  }
  bench.driver.ledger.close(ours);
  bench.settle();
  expect(full.results.at(-1)).toBe(-ECANCELED);
  const next = bench.pair();
  expect(next.ours.fd).toBe(ours.fd);
  const sent = new Recorder(bench.driver);
  bench.send(next.ours, sent, memoryOf("x"));
  bench.settle();
  expect(sent.results).toEqual([1]);
});

test("a descriptor that somebody else has closed is noticed", () => {
  using bench = new Bench();
  const { ours } = bench.pair();
  closeDescriptor(ours.fd);
  expect(() => bench.driver.ledger.close(ours)).toThrow("cannot be closed: it is not open");
});

test("a descriptor cannot be closed under the operations that wait for it", () => {
  using bench = new Bench();
  const { ours } = bench.pair();
  bench.receive(ours, new Recorder(bench.driver));
  bench.settle();
  expect(() => bench.driver.closeDescriptor(ours)).toThrow("while operations wait for it");
});
