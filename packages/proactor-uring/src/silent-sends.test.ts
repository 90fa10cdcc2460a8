import { expect } from "bun:test";
import type { Descriptor } from "@bascule/core";
import { EAGAIN, ECONNRESET, EPIPE, recvOnce, SHUT_WR, shutdownSocket } from "@bascule/sys";
import {
  readSome,
  Recorder,
  shownSilentSends,
  SilentRecorder,
  writeText,
} from "@bascule/test-support";
import { Bench, CONFIGURATIONS, uringTest } from "../test/harness.ts";

const BLOCK_BYTES = 65_536;
const WITH_SILENT_SENDS = CONFIGURATIONS.filter((each) => !each.without.includes("silent-sends"));

function text(fd: number): string {
  const bytes = readSome(fd);
  return typeof bytes === "number" ? `errno ${-bytes}` : Buffer.from(bytes).toString();
}

/** Sends whole blocks until one is not taken whole. @returns the bytes that went out */
function fill(bench: Bench, sender: SilentRecorder, send: () => boolean): number {
  for (let blocks = 0; blocks < 1000; blocks++) {
    expect(send()).toBe(true);
    bench.driver.turn(0);
    const [result] = sender.results;
    if (result !== undefined) return blocks * BLOCK_BYTES + Math.max(result, 0);
  }
  throw new Error("The socket is never full");
}

/** A descriptor on which every send fails with EPIPE. */
function mute(bench: Bench): Descriptor {
  const { ours } = bench.pair();
  shutdownSocket(ours.fd, SHUT_WR);
  return ours;
}

for (const { title, without } of WITH_SILENT_SENDS) {
  uringTest(`${title}: a silent send goes out, completes nothing and gives its block back`, () => {
    using bench = new Bench({ without });
    const { driver } = bench;
    const { ours, theirs } = bench.pair();
    const sender = new SilentRecorder(driver, ours);
    const { submitted } = driver.ledger.counters;
    expect(sender.send(Buffer.from("hello"))).toBe(true);
    driver.turn(0);
    expect([text(theirs), sender.results, driver.sendPool.taken]).toEqual(["hello", [], 0]);
    const { counters } = driver.ledger;
    expect([counters.submitted - submitted, counters.stale]).toEqual([1, 0]);
    expect(counters.completed).toBe(counters.submitted);
    expect(driver.mayProgress()).toBe(false);
  });

  uringTest(`${title}: the sender is told how much of a silent send had room, or that none`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.tcpPair();
    const sender = new SilentRecorder(bench.driver, ours);
    const block = new Uint8Array(BLOCK_BYTES).fill(7);
    const sent = fill(bench, sender, () => sender.send(block));
    expect(sender.send(block)).toBe(true);
    bench.driver.turn(0);
    expect(sender.results.at(-1)).toBe(-EAGAIN);
    expect(bench.driver.sendPool.taken).toBe(0);
    let arrived = 0;
    while (arrived < sent) {
      const bytes = readSome(theirs);
      if (typeof bytes !== "number") arrived += bytes.byteLength;
    }
    expect(readSome(theirs)).toBe(-EAGAIN);
  });

  uringTest(`${title}: the sender is told that nothing can be sent any more`, () => {
    using bench = new Bench({ without });
    const sender = new SilentRecorder(bench.driver, mute(bench));
    sender.send(Buffer.from("hello"));
    bench.driver.turn(0);
    expect([sender.results, bench.driver.sendPool.taken]).toEqual([[-EPIPE], 0]);
  });

  uringTest(
    `${title}: whoever fails is told by the end of the turn, though the completion queue overflows`,
    () => {
      using bench = new Bench({ queueEntries: 4, without });
      const { driver } = bench;
      const streams = Array.from({ length: 60 }, () => {
        const { ours, theirs } = bench.pair();
        const received = new Recorder(driver);
        bench.receive(ours, received);
        return { ours, theirs, received };
      });
      bench.settle();
      const senders = streams.map(() => new SilentRecorder(driver, mute(bench)));
      for (const { theirs } of streams) writeText(theirs, "fills the completion queue");
      const told = (): number => senders.filter(({ results }) => results.length === 1).length;
      let refused = 0;
      for (const [index, sender] of senders.entries()) {
        if (sender.send(Buffer.from("to nobody"))) continue;
        refused++;
        driver.turn(0);
        expect(told()).toBe(index);
        expect(sender.send(Buffer.from("to nobody"))).toBe(true);
      }
      driver.turn(0);
      expect(told()).toBe(senders.length);
      bench.turnUntil(() => streams.every(({ received }) => received.byteCount > 0));
      expect(refused).toBeGreaterThan(0);
      expect(senders.every(({ results }) => results[0] === -EPIPE)).toBe(true);
      expect([driver.sendPool.taken, driver.ledger.counters.stale]).toEqual([0, 0]);
    },
  );

  uringTest(`${title}: a silent send is told behind completions that found the queue full`, () => {
    using bench = new Bench({ queueEntries: 4, without });
    const { driver } = bench;
    const streams = Array.from({ length: 100 }, () => {
      const { ours, theirs } = bench.pair();
      const received = new Recorder(driver);
      // Once: nothing is submitted again, for which the queues would be emptied several times.
      bench.submit(recvOnce, ours, received);
      return { theirs, received };
    });
    bench.settle();
    for (const { theirs } of streams) writeText(theirs, "fills the completion queue");
    const sender = new SilentRecorder(driver, mute(bench));
    expect(sender.send(Buffer.from("to nobody"))).toBe(true);
    driver.turn(0);
    expect(sender.results).toEqual([-EPIPE]);
    bench.turnUntil(() => streams.every(({ received }) => received.finals === 1));
  });
}

uringTest("a descriptor that closes before the turn takes its silent sends with it", () => {
  using bench = new Bench();
  const { driver } = bench;
  const { ours, theirs } = bench.pair();
  const sender = new SilentRecorder(driver, ours);
  expect(sender.send(Buffer.from("mine"))).toBe(true);
  driver.ledger.close(ours);
  const other = bench.pair();
  expect(other.ours.fd).toBe(ours.fd);
  driver.turn(0);
  expect([text(theirs), text(other.theirs)]).toEqual(["mine", `errno ${EAGAIN}`]);
  expect([sender.results, driver.sendPool.taken]).toEqual([[], 0]);
});

uringTest("a driver that goes takes silent sends along", () => {
  const bench = new Bench();
  const { ours, theirs } = bench.pair();
  const sender = new SilentRecorder(bench.driver, ours);
  expect(sender.send(Buffer.from("last words"))).toBe(true);
  bench.driver.destroy({ leak: false });
  expect([text(theirs), bench.driver.sendPool.taken]).toEqual(["last words", 0]);
  bench[Symbol.dispose]();
});

uringTest("nothing is sent silently while memory is watched, or the kernel cannot", () => {
  for (const options of [{ canaries: true }, { without: ["silent-sends"] }]) {
    using bench = new Bench(options);
    const { ours, theirs } = bench.pair();
    const sender = new SilentRecorder(bench.driver, ours);
    expect(sender.send(Buffer.from("hello"))).toBe(false);
    bench.driver.turn(0);
    expect(text(theirs)).toBe(`errno ${EAGAIN}`);
  }
});

uringTest("what tells of a silent send that nobody made is counted, and ignored", () => {
  using bench = new Bench();
  bench.driver.onEntry(-0x80000000, 0, -ECONNRESET, 0);
  expect(bench.driver.ledger.counters.stale).toBe(1);
});

uringTest("an observer is shown each silent send, with what came of it", () => {
  using bench = new Bench();
  const { shown, expected } = shownSilentSends(bench);
  expect(shown).toEqual(expected);
});

uringTest("a close costs a system call more only while silent sends are to be submitted", () => {
  using bench = new Bench();
  const { driver } = bench;
  const [sending, receiving, idle] = [bench.pair().ours, bench.pair().ours, bench.pair().ours];
  bench.receive(receiving, new Recorder(driver));
  bench.settle();
  const calls = (action: () => void): number => {
    const before = driver.counters.systemCalls;
    action();
    return driver.counters.systemCalls - before;
  };
  const sender = new SilentRecorder(driver, sending);
  sender.send(Buffer.from("one"));
  expect(calls(() => driver.ledger.close(idle))).toBe(2);
  driver.turn(0);
  // The number goes back in the turn that takes the send: entered once, closed once.
  driver.ledger.close(receiving);
  sender.send(Buffer.from("two"));
  expect(calls(() => bench.turnUntil(() => receiving.closed))).toBe(2);
});
