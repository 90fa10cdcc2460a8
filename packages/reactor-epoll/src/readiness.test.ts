import { expect, test } from "bun:test";
import { openSync, writeFileSync } from "node:fs";
import {
  addInotifyWatch,
  createInotify,
  EPERM,
  IN_CREATE,
  MSG_PEEK,
  poll,
  POLLIN,
  read,
  recv,
  recvInto,
  recvOnce,
  send,
  SHUT_WR,
  shutdownSocket,
} from "@bascule/sys";
import {
  callWith,
  memoryOf,
  must,
  Recorder,
  TemporaryFolder,
  writeText,
} from "@bascule/test-support";
import { Bench } from "../test/harness.ts";

const MSG_OOB = 1;

test("an operation that completes at once is never registered", () => {
  using bench = new Bench();
  const { ours } = bench.pair();
  const sent = new Recorder(bench.driver);
  bench.send(ours, sent, memoryOf("hello"));
  const callsBefore = bench.driver.counters.systemCalls;
  bench.driver.turn(0);
  expect(sent.results).toEqual([5]);
  // One look for events and one send; no epoll_ctl.
  expect(bench.driver.counters.systemCalls - callsBefore).toBeLessThanOrEqual(2);
});

test("nothing completes inside submit or cancel", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  writeText(theirs, "there");
  const received = new Recorder(bench.driver);
  const operation = bench.receive(ours, received);
  expect(received.completions).toEqual([]);
  bench.driver.ledger.cancel(operation);
  expect(received.completions).toEqual([]);
  bench.driver.turn(0);
  expect(received.finals).toBe(1);
});

test("an edge that came while nobody waited is not lost", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const first = new Recorder(bench.driver);
  bench.submit(recvOnce, ours, first);
  bench.settle();
  writeText(theirs, "one");
  bench.turnUntil(() => first.finals === 1);
  writeText(theirs, "two");
  // The edge is taken by this turn, when no operation waits for it.
  bench.driver.turn(0);
  const second = new Recorder(bench.driver);
  bench.submit(recvOnce, ours, second);
  bench.driver.turn(0);
  expect([first.text, second.text]).toEqual(["one", "two"]);
});

test("bytes that come after a short read make a new edge", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  let expected = "";
  for (let round = 0; round < 200; round++) {
    writeText(theirs, `<${round}>`);
    expected += `<${round}>`;
    bench.turnUntil(() => received.text.length === expected.length);
  }
  expect(received.text).toBe(expected);
});

test("bytes that come between a short read and the end of the turn are seen", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  let rounds = 0;
  // The listener runs right after the read: what it writes is the latest that a turn could miss.
  received.onEach = () => {
    if (++rounds < 100) writeText(theirs, `${rounds};`);
  };
  bench.receive(ours, received);
  writeText(theirs, "0;");
  bench.turnUntil(() => rounds === 100);
  expect(received.results.length).toBe(100);
});

test("a short read saves the system call that would find nothing", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  bench.settle();
  writeText(theirs, "x");
  const { systemCalls, waits } = bench.driver.counters;
  bench.driver.turn(0);
  expect(received.text).toBe("x");
  expect(bench.driver.counters.systemCalls - systemCalls).toBe(2);
  expect(bench.driver.counters.waits - waits).toBe(1);
});

test("what gives a piece at a time is read to its end, although a piece is short", () => {
  using bench = new Bench();
  using folder = new TemporaryFolder();
  const watching = bench.own(createInotify());
  const watch = (path: number): number => addInotifyWatch(watching.fd, path, IN_CREATE);
  must(callWith(memoryOf(`${folder.path}\0`), watch));
  const received = new Recorder(bench.driver);
  // Room for one event of 32 bytes and a part of the next.
  const readOne = () => bench.submit(read, watching, received, new ArrayBuffer(40));
  readOne();
  bench.settle();
  for (const name of ["first", "second", "third"]) writeFileSync(folder.at(name), "");
  for (let count = 1; count <= 3; count++) {
    bench.turnUntil(() => received.finals === count);
    readOne();
  }
  expect(received.results).toEqual([32, 32, 32]);
});

test("a buffer that is filled to the brim is followed by another read", () => {
  using bench = new Bench({ receiveBuffers: 16, receiveBufferBytes: 4 });
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  bench.settle();
  writeText(theirs, "abcdefgh");
  bench.driver.turn(0);
  expect(received.text).toBe("abcdefgh");
});

test("the end comes after the last bytes, whether it arrived with them or later", () => {
  using bench = new Bench();
  for (const isLate of [false, true]) {
    const { ours, theirs } = bench.tcpPair();
    const received = new Recorder(bench.driver);
    bench.receive(ours, received);
    bench.settle();
    writeText(theirs, "last");
    if (isLate) bench.turnUntil(() => received.text === "last");
    must(shutdownSocket(theirs, SHUT_WR));
    bench.turnUntil(() => received.finals === 1);
    expect(received.results).toEqual([4, 0]);
    expect(received.completions.map((each) => each.more)).toEqual([true, false]);
  }
});

test("bytes behind an urgent mark, where a read stops short, are not left lying", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.tcpPair();
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  bench.settle();
  callWith(memoryOf("before!after"), (address) => {
    const frame = { fd: theirs, address, length: 7, offset: 0, flags: MSG_OOB };
    expect(send.attempt(frame)).toBe(7);
    expect(send.attempt({ ...frame, address: address + 7, length: 5, flags: 0 })).toBe(5);
  });
  bench.turnUntil(() => received.text.length === 11);
  expect(received.text).toBe("beforeafter");
});

test("operations of one direction complete in the order of their submission", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const order: string[] = [];
  for (const name of ["a", "b", "c"]) {
    const received = new Recorder(bench.driver);
    received.onEach = ({ bytes, result }) => order.push(`${name}:${bytes?.length ?? result}`);
    bench.submit(recvOnce, ours, received).length = 3;
  }
  bench.settle();
  writeText(theirs, "1122333");
  bench.turnUntil(() => order.length === 3);
  expect(order).toEqual(["a:3", "b:3", "c:1"]);
});

test("both directions of one descriptor wait side by side", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  const sent = new Recorder(bench.driver);
  bench.receive(ours, received);
  const flood = new ArrayBuffer(4 << 20);
  bench.send(ours, sent, flood);
  bench.turnUntil(() => sent.finals === 1);
  bench.send(ours, sent, flood);
  bench.settle();
  expect(sent.finals).toBe(1);
  writeText(theirs, "still heard");
  bench.turnUntil(() => received.text === "still heard");
});

test("memory of the caller's own is received into", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  const memory = new ArrayBuffer(8);
  bench.submit(recvInto, ours, received, memory);
  bench.settle();
  writeText(theirs, "into");
  bench.turnUntil(() => received.finals === 1);
  expect(Buffer.from(memory, 0, 4).toString()).toBe("into");
});

test("a poll reports each edge once and does not spin while nothing is read", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const seen = new Recorder(bench.driver);
  const operation = bench.driver.ledger.prepare(poll, ours, seen);
  operation.flags = POLLIN;
  bench.driver.ledger.submit(operation);
  bench.settle();
  writeText(theirs, "1");
  bench.settle();
  expect(seen.results).toEqual([POLLIN]);
  writeText(theirs, "2");
  bench.settle();
  expect(seen.results).toEqual([POLLIN, POLLIN]);
});

test("a descriptor without readiness gives EPERM instead of waiting for ever", () => {
  using bench = new Bench();
  const file = bench.own(openSync(import.meta.path, "r"));
  const seen = new Recorder(bench.driver);
  const operation = bench.driver.ledger.prepare(poll, file, seen);
  operation.flags = POLLIN;
  bench.driver.ledger.submit(operation);
  bench.driver.turn(0);
  expect(seen.completions).toEqual([{ result: -EPERM, more: false, bytes: null }]);
});

test("operations on a descriptor that is no socket end with its error", () => {
  using bench = new Bench();
  const file = bench.own(openSync(import.meta.path, "r"));
  const received = new Recorder(bench.driver);
  bench.submit(recv, file, received);
  bench.driver.turn(0);
  expect(received.finals).toBe(1);
  expect(received.results[0]).toBeLessThan(0);
  expect(bench.driver.receivePool.free).toBe(bench.driver.receivePool.count);
});

test("a read that only peeks does not count as having taken everything", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const peeked = new Recorder(bench.driver);
  const first = bench.driver.ledger.prepare(recvOnce, ours, peeked);
  first.flags = MSG_PEEK;
  bench.driver.ledger.submit(first);
  bench.settle();
  writeText(theirs, "look");
  bench.turnUntil(() => peeked.finals === 1);
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  bench.settle();
  expect([peeked.text, received.text]).toEqual(["look", "look"]);
});
