import { expect, test } from "bun:test";
import { NO_BUFFER, type Operation } from "@bascule/core";
import { accept, ECANCELED, nop, recvInto, send } from "@bascule/sys";
import { memoryOf, readSome, Recorder, writeText } from "@bascule/test-support";
import { Bench } from "../test/harness.ts";

const CANCELLED = { result: -ECANCELED, more: false, bytes: null };

test("an operation cancelled before it was attempted ends without a system call for it", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  writeText(theirs, "stays");
  const received = new Recorder(bench.driver);
  bench.driver.ledger.cancel(bench.receive(ours, received));
  bench.driver.turn(0);
  expect(received.completions).toEqual([CANCELLED]);
  const next = new Recorder(bench.driver);
  bench.receive(ours, next);
  bench.settle();
  expect(next.text).toBe("stays");
});

test("a waiting operation that is cancelled ends once, and later bytes go to the next", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  const operation = bench.receive(ours, received);
  bench.settle();
  bench.driver.ledger.cancel(operation);
  writeText(theirs, "late");
  bench.settle();
  expect(received.completions).toEqual([CANCELLED]);
  const next = new Recorder(bench.driver);
  bench.receive(ours, next);
  bench.settle();
  expect(next.text).toBe("late");
});

test("cancelling one of several leaves the others in order", () => {
  for (const chosen of [0, 1, 2]) {
    using bench = new Bench();
    const { ours, theirs } = bench.pair();
    const recorders = [0, 1, 2].map(() => new Recorder(bench.driver));
    const operations = recorders.map((each) =>
      bench.submit(recvInto, ours, each, new ArrayBuffer(2)),
    );
    bench.settle();
    const cancelled = operations[chosen];
    if (cancelled !== undefined) bench.driver.ledger.cancel(cancelled);
    writeText(theirs, "aabb");
    bench.settle();
    const expected: number[][] = [[2], [2]];
    expected.splice(chosen, 0, [-ECANCELED]);
    expect(recorders.map((each) => each.results)).toEqual(expected);
    // Another one at the end of the queue is still found there.
    const last = new Recorder(bench.driver);
    bench.submit(recvInto, ours, last, new ArrayBuffer(2));
    writeText(theirs, "cc");
    bench.settle();
    expect(last.results).toEqual([2]);
  }
});

test("an operation that never waits is cancelled before its attempt", () => {
  using bench = new Bench();
  const seen = new Recorder(bench.driver);
  bench.driver.ledger.cancel(bench.submit(nop, null, seen));
  bench.settle();
  expect(seen.completions).toEqual([CANCELLED]);
});

test("a multishot operation cancelled by its own listener delivers nothing after the final", () => {
  using bench = new Bench({ receiveBuffers: 16, receiveBufferBytes: 4 });
  const { ours, theirs } = bench.pair();
  writeText(theirs, "aaaabbbbcccc");
  const received = new Recorder(bench.driver);
  received.onEach = ({ more }, operation) => {
    if (more && received.completions.length === 2) bench.driver.ledger.cancel(operation);
  };
  bench.receive(ours, received);
  bench.settle();
  expect(received.results).toEqual([4, 4, -ECANCELED]);
  expect(received.finals).toBe(1);
  const rest = new Recorder(bench.driver);
  bench.receive(ours, rest);
  bench.settle();
  expect(rest.text).toBe("cccc");
});

test("a listener that cancels and submits anew in one go keeps every byte", () => {
  using bench = new Bench({ receiveBuffers: 16, receiveBufferBytes: 4 });
  const { ours, theirs } = bench.pair();
  writeText(theirs, "1111222233334444555566667777");
  const received = new Recorder(bench.driver);
  received.onEach = ({ more }, operation) => {
    if (!more) return;
    bench.driver.ledger.cancel(operation);
    bench.receive(ours, received);
  };
  bench.receive(ours, received);
  bench.settle();
  expect(received.text).toBe("1111222233334444555566667777");
  expect(received.finals).toBe(7);
});

test("an operation object that is used again at once is not confused with its earlier life", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const sent = new Recorder(bench.driver);
  const memory = memoryOf("again");
  const lives: [number, number][] = [];
  sent.onEach = (_, operation: Operation) => {
    lives.push([operation.slot, operation.generation]);
    if (sent.completions.length < 10) bench.send(ours, sent, memory);
  };
  bench.send(ours, sent, memory);
  bench.settle();
  expect(sent.results).toEqual(Array.from({ length: 10 }, () => 5));
  expect(new Set(lives.map(([slot]) => slot)).size).toBe(1);
  expect(new Set(lives.map(([, generation]) => generation)).size).toBe(10);
  const arrived = readSome(theirs);
  expect(Buffer.from(typeof arrived === "number" ? [] : arrived).toString()).toBe(
    "again".repeat(10),
  );
});

test("cancelling everything ends everything, once each", () => {
  using bench = new Bench();
  const recorders: Recorder[] = [];
  const { descriptor } = bench.listener();
  const accepted = new Recorder(bench.driver);
  bench.submit(accept, descriptor, accepted);
  recorders.push(accepted);
  for (let count = 0; count < 50; count++) {
    const { ours } = bench.pair();
    const recorder = new Recorder(bench.driver);
    bench.receive(ours, recorder);
    if (count % 2 === 0) bench.settle();
    recorders.push(recorder);
  }
  bench.driver.ledger.cancelAll();
  bench.settle();
  expect(bench.driver.ledger.inFlight).toBe(0);
  expect(recorders.every((each) => each.results.join() === String(-ECANCELED))).toBe(true);
});

test("racing cancels lose no byte and end every operation exactly once", () => {
  using bench = new Bench({ receiveBuffers: 16, receiveBufferBytes: 8 });
  const { ours, theirs } = bench.pair();
  let seed = 20261121;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % below;
  };
  const received = new Recorder(bench.driver);
  let submitted = 0;
  let active: Operation | null = null;
  received.onEach = ({ more }) => {
    if (!more) active = null;
  };
  let expected = "";
  for (let round = 0; round < 5000; round++) {
    if (random(2) === 0) {
      const text = `${round},`;
      expected += text;
      writeText(theirs, text);
    }
    if (active === null) {
      active = bench.receive(ours, received);
      submitted++;
    } else if (random(3) === 0) bench.driver.ledger.cancel(active);
    if (random(2) === 0) bench.driver.turn(0);
  }
  if (active === null) {
    bench.receive(ours, received);
    submitted++;
  }
  bench.turnUntil(() => received.text.length === expected.length || active === null);
  bench.driver.ledger.cancelAll();
  bench.settle();
  expect(received.finals).toBe(submitted);
  expect(expected.startsWith(received.text)).toBe(true);
  const rest = new Recorder(bench.driver);
  bench.receive(ours, rest);
  bench.settle();
  expect(received.text + rest.text).toBe(expected);
});

test("a send that waits for room is cancelled and sends nothing more", () => {
  using bench = new Bench();
  const { ours } = bench.pair();
  const filled = new Recorder(bench.driver);
  bench.send(ours, filled, new ArrayBuffer(8 << 20));
  bench.settle();
  const waiting = new Recorder(bench.driver);
  const operation = bench.submit(send, ours, waiting, memoryOf("never"));
  bench.settle();
  expect(waiting.completions).toEqual([]);
  bench.driver.ledger.cancel(operation);
  bench.settle();
  expect(waiting.completions).toEqual([CANCELLED]);
});

test("a completion without bytes names no buffer", () => {
  using bench = new Bench();
  const { ours } = bench.pair();
  let named = 0;
  const operation = bench.driver.ledger.prepare(recvInto, ours, {
    onCompletion(_operation, _result, _more, bufferId) {
      named = bufferId;
    },
  });
  bench.driver.ledger.submit(operation);
  bench.driver.ledger.cancel(operation);
  bench.settle();
  expect(named).toBe(NO_BUFFER);
});
