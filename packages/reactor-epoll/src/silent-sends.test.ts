import { expect, test } from "bun:test";
import { EAGAIN, EPIPE, SHUT_WR, shutdownSocket } from "@bascule/sys";
import { readSome, shownSilentSends, SilentRecorder } from "@bascule/test-support";
import { Bench } from "../test/harness.ts";

const BLOCK_BYTES = 65_536;

test("a silent send goes out at once, and its block is back", () => {
  using bench = new Bench();
  const { driver } = bench;
  const { ours, theirs } = bench.pair();
  const sender = new SilentRecorder(driver, ours);
  expect(sender.send(Buffer.from("hello"))).toBe(true);
  const bytes = readSome(theirs);
  expect(typeof bytes === "number" ? bytes : Buffer.from(bytes).toString()).toBe("hello");
  const { submitted, completed } = driver.ledger.counters;
  expect([sender.results, submitted, completed, driver.sendPool.taken]).toEqual([[], 1, 1, 0]);
});

test("the sender is told how much of a silent send had room, or that none", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.tcpPair();
  const sender = new SilentRecorder(bench.driver, ours);
  const block = new Uint8Array(BLOCK_BYTES).fill(7);
  let sent = 0;
  while (sender.results.length === 0) {
    expect(sender.send(block)).toBe(true);
    sent += BLOCK_BYTES;
  }
  sent += Math.max(sender.results[0] ?? 0, 0) - BLOCK_BYTES;
  sender.send(block);
  expect([sender.results.at(-1), bench.driver.sendPool.taken]).toEqual([-EAGAIN, 0]);
  let arrived = 0;
  while (arrived < sent) {
    const bytes = readSome(theirs);
    if (typeof bytes !== "number") arrived += bytes.byteLength;
  }
  expect(readSome(theirs)).toBe(-EAGAIN);
});

test("the sender is told that nothing can be sent any more", () => {
  using bench = new Bench();
  const { ours } = bench.pair();
  shutdownSocket(ours.fd, SHUT_WR);
  const sender = new SilentRecorder(bench.driver, ours);
  sender.send(Buffer.from("hello"));
  expect([sender.results, bench.driver.sendPool.taken]).toEqual([[-EPIPE], 0]);
});

test("nothing is sent silently while memory is watched", () => {
  using bench = new Bench({ canaries: true });
  const { ours, theirs } = bench.pair();
  const sender = new SilentRecorder(bench.driver, ours);
  expect(sender.send(Buffer.from("hello"))).toBe(false);
  expect([readSome(theirs), bench.driver.sendPool.taken]).toEqual([-EAGAIN, 0]);
});

test("an observer is shown each silent send, with what came of it", () => {
  using bench = new Bench();
  const { shown, expected } = shownSilentSends(bench);
  expect(shown).toEqual(expected);
});
