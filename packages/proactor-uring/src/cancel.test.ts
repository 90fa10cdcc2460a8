import { expect } from "bun:test";
import { accept, AF_INET, createSocket, ECANCELED, nop, SOCK_STREAM } from "@bascule/sys";
import { type Completion, connectRaw, readSome, Recorder, writeText } from "@bascule/test-support";
import { Bench, CONFIGURATIONS, uringTest } from "../test/harness.ts";

const CANCELLED: Completion = { result: -ECANCELED, more: false, bytes: null };

for (const { title, without } of CONFIGURATIONS) {
  uringTest(`${title}: a receive cancelled before it was submitted takes no bytes`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    const received = new Recorder(bench.driver);
    bench.driver.ledger.cancel(bench.receive(ours, received));
    bench.turnUntil(() => received.finals === 1);
    expect(received.completions).toEqual([CANCELLED]);
    writeText(theirs, "stays");
    const next = new Recorder(bench.driver);
    bench.receive(ours, next);
    bench.turnUntil(() => next.text === "stays");
  });

  uringTest(`${title}: a resting receive that is cancelled ends once, and loses nothing`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    const received = new Recorder(bench.driver);
    const operation = bench.receive(ours, received);
    bench.settle();
    bench.driver.ledger.cancel(operation);
    bench.turnUntil(() => received.finals === 1);
    expect(received.completions).toEqual([CANCELLED]);
    writeText(theirs, "late");
    const next = new Recorder(bench.driver);
    bench.receive(ours, next);
    bench.turnUntil(() => next.text === "late");
    expect(received.finals).toBe(1);
  });

  uringTest(`${title}: bytes that race a cancel are delivered, by it or by the next`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.tcpPair();
    let text = "";
    let expected = "";
    for (let round = 0; round < 200; round++) {
      const received = new Recorder(bench.driver);
      const operation = bench.receive(ours, received);
      if (round % 3 !== 0) bench.settle();
      if (round % 2 === 0) writeText(theirs, `${round},`);
      if (round % 5 === 0) bench.driver.turn(0);
      if (received.finals === 0) bench.driver.ledger.cancel(operation);
      if (round % 2 === 1) writeText(theirs, `${round},`);
      expected += `${round},`;
      bench.turnUntil(() => received.finals === 1);
      expect(received.completions.at(-1)).toEqual(CANCELLED);
      text += received.text;
    }
    const rest = new Recorder(bench.driver);
    bench.receive(ours, rest);
    bench.turnUntil(() => text.length + rest.text.length === expected.length);
    expect(text + rest.text).toBe(expected);
  });

  uringTest(`${title}: a cancel from inside a delivery ends the operation once`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    const received = new Recorder(bench.driver);
    const operation = bench.receive(ours, received);
    received.onEach = ({ more }) => {
      if (more) bench.driver.ledger.cancel(operation);
    };
    bench.settle();
    writeText(theirs, "one");
    bench.turnUntil(() => received.finals === 1);
    writeText(theirs, "two");
    bench.settle();
    expect(received.text).toBe("one");
    expect(received.completions.at(-1)).toEqual(CANCELLED);
  });

  uringTest(`${title}: an accept that races its cancel hands over or leaves the connection`, () => {
    using bench = new Bench({ without });
    const { descriptor, address } = bench.listener();
    const descriptors: number[] = [];
    const rounds = 50;
    for (let round = 0; round < rounds; round++) {
      const accepted = new Recorder(bench.driver);
      const operation = bench.submit(accept, descriptor, accepted);
      if (round % 2 === 0) bench.settle();
      connectRaw(bench.keep(createSocket(AF_INET, SOCK_STREAM)), address);
      bench.driver.ledger.cancel(operation);
      bench.turnUntil(() => accepted.finals === 1);
      descriptors.push(...accepted.results.filter((fd) => fd >= 0));
    }
    const rest = new Recorder(bench.driver);
    bench.submit(accept, descriptor, rest);
    bench.turnUntil(() => descriptors.length + rest.results.length === rounds);
    for (const fd of [...descriptors, ...rest.results]) bench.keep(fd);
    expect(new Set([...descriptors, ...rest.results]).size).toBe(rounds);
  });

  uringTest(`${title}: a send that is cancelled while it waits for room takes nothing`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    const memory = new ArrayBuffer(8 << 20);
    const first = new Recorder(bench.driver);
    bench.send(ours, first, memory);
    bench.turnUntil(() => first.finals === 1);
    const sent = new Recorder(bench.driver);
    const operation = bench.send(ours, sent, memory);
    bench.settle();
    expect(sent.completions).toEqual([]);
    bench.driver.ledger.cancel(operation);
    bench.turnUntil(() => sent.finals === 1);
    expect(sent.completions).toEqual([CANCELLED]);
    let arrived = 0;
    for (let chunk = readSome(theirs); typeof chunk !== "number"; chunk = readSome(theirs)) {
      arrived += chunk.length;
    }
    expect(first.results).toEqual([arrived]);
    expect(arrived).toBeGreaterThan(0);
  });

  uringTest(`${title}: closing cancels, waits and closes; a reused number gets nothing old`, () => {
    using bench = new Bench({ without });
    const { ledger } = bench.driver;
    let reused = 0;
    for (let round = 0; round < 20; round++) {
      const first = bench.pair();
      const old = new Recorder(bench.driver);
      bench.receive(first.ours, old);
      bench.settle();
      ledger.close(first.ours);
      expect(first.ours.closed).toBe(false);
      bench.turnUntil(() => first.ours.closed);
      expect(old.completions).toEqual([CANCELLED]);
      const second = bench.pair();
      if (second.ours.fd === first.ours.fd) reused++;
      const fresh = new Recorder(bench.driver);
      bench.receive(second.ours, fresh);
      writeText(second.theirs, "fresh");
      bench.turnUntil(() => fresh.text === "fresh");
      expect(old.text).toBe("");
      ledger.close(second.ours);
      bench.turnUntil(() => second.ours.closed);
    }
    expect(ledger.inFlight).toBe(0);
    expect(reused).toBeGreaterThan(0);
  });
}

uringTest("a cancel that comes too late is counted as stale and hits nobody", () => {
  using bench = new Bench();
  const { ledger } = bench.driver;
  const first = new Recorder(bench.driver);
  const operation = bench.submit(nop, null, first);
  // The nop completes in the same submission, before the cancel that follows it.
  ledger.cancel(operation);
  const later = new Recorder(bench.driver);
  bench.turnUntil(() => first.finals === 1);
  expect(first.results).toEqual([0]);
  bench.submit(nop, null, later);
  bench.settle();
  expect(later.results).toEqual([0]);
  expect(ledger.counters.stale).toBe(1);
});
