import { expect, test } from "bun:test";
import { accept, AF_INET, createSocket, nop, recvOnce, SOCK_STREAM } from "@bascule/sys";
import { connectRaw, memoryOf, Recorder, writeText } from "@bascule/test-support";
import { Bench } from "../test/harness.ts";

const SMALL = { receiveBuffers: 64, receiveBufferBytes: 64 };

test("two hogs advance side by side, at most 16 buffers each in one turn", () => {
  using bench = new Bench(SMALL);
  const hogs = [bench.pair(), bench.pair()].map(({ ours, theirs }) => {
    writeText(theirs, "x".repeat(64 * 40));
    const received = new Recorder(bench.driver);
    bench.receive(ours, received);
    return received;
  });
  const progress: number[][] = [];
  for (let turn = 0; turn < 3; turn++) {
    bench.driver.turn(0);
    progress.push(hogs.map((each) => each.completions.length));
  }
  expect(progress).toEqual([
    [16, 16],
    [32, 32],
    [40, 40],
  ]);
});

test("what a hog has left is continued without waiting and without a new edge", () => {
  using bench = new Bench(SMALL);
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  bench.settle();
  writeText(theirs, "y".repeat(64 * 30));
  expect(bench.driver.turn(Infinity)).toBe(16);
  expect(bench.driver.park(Infinity)).toBe(false);
  expect(bench.driver.turn(Infinity)).toBe(14);
  expect(received.text.length).toBe(64 * 30);
});

test("a descriptor that becomes ready is served while a hog is always ready", () => {
  using bench = new Bench(SMALL);
  const hog = bench.pair();
  const quiet = bench.pair();
  const hogged = new Recorder(bench.driver);
  const heard = new Recorder(bench.driver);
  bench.receive(quiet.ours, heard);
  bench.settle();
  // The hog refills itself, so that there is work in every turn.
  hogged.onEach = () => writeText(hog.theirs, "z".repeat(64));
  writeText(hog.theirs, "z".repeat(64 * 20));
  bench.receive(hog.ours, hogged);
  bench.driver.turn(0);
  writeText(quiet.theirs, "here");
  bench.driver.turn(0);
  bench.driver.turn(0);
  expect(heard.text).toBe("here");
});

test("a listener that submits at every completion does not keep a turn going for ever", () => {
  using bench = new Bench();
  const endless = new Recorder(bench.driver);
  endless.onEach = () => {
    if (endless.completions.length < 1000) bench.submit(nop, null, endless);
  };
  bench.submit(nop, null, endless);
  expect(bench.driver.turn(0)).toBe(1);
  bench.turnUntil(() => endless.completions.length === 1000);

  const { ours } = bench.pair();
  const sending = new Recorder(bench.driver);
  const memory = memoryOf("x");
  sending.onEach = () => {
    if (sending.completions.length < 100) bench.send(ours, sending, memory);
  };
  bench.send(ours, sending, memory);
  expect(bench.driver.turn(0)).toBe(16);
  bench.turnUntil(() => sending.completions.length === 100);
});

test("a listener with a long queue shares the turns, and accepts everybody", () => {
  using bench = new Bench();
  const { descriptor, address } = bench.listener();
  for (let count = 0; count < 40; count++) {
    connectRaw(bench.keep(createSocket(AF_INET, SOCK_STREAM)), address);
  }
  const accepted = new Recorder(bench.driver);
  bench.submit(accept, descriptor, accepted);
  expect(bench.driver.turn(0)).toBe(16);
  bench.turnUntil(() => accepted.completions.length === 40);
  for (const fd of accepted.results) bench.keep(fd);
});

test("a one-shot read that is submitted again by its listener has its share as well", () => {
  using bench = new Bench({ receiveBuffers: 64, receiveBufferBytes: 4 });
  const { ours, theirs } = bench.pair();
  writeText(theirs, "abcd".repeat(20));
  const received = new Recorder(bench.driver);
  received.onEach = () => {
    if (received.completions.length < 20) bench.submit(recvOnce, ours, received);
  };
  bench.submit(recvOnce, ours, received);
  expect(bench.driver.turn(0)).toBe(16);
  expect(bench.driver.turn(0)).toBe(4);
  expect(received.text).toBe("abcd".repeat(20));
});
