import { expect } from "bun:test";
import { accept, AF_INET, createSocket, ECANCELED, nop, SOCK_STREAM } from "@bascule/sys";
import { connectRaw, Recorder, writeText } from "@bascule/test-support";
import { Bench, CONFIGURATIONS, uringTest } from "../test/harness.ts";

for (const { title, without } of CONFIGURATIONS) {
  uringTest(`${title}: more operations than submission entries all complete, in order`, () => {
    using bench = new Bench({ queueEntries: 4, without });
    const order: number[] = [];
    for (let index = 0; index < 100; index++) {
      const done = new Recorder(bench.driver);
      done.onEach = () => order.push(index);
      bench.submit(nop, null, done);
    }
    bench.turnUntil(() => order.length === 100);
    expect(order).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  uringTest(`${title}: no cancel is lost in a queue of four entries`, () => {
    using bench = new Bench({ queueEntries: 4, without });
    const recorders = Array.from({ length: 60 }, () => new Recorder(bench.driver));
    const operations = recorders.map((each) => bench.receive(bench.pair().ours, each));
    bench.settle();
    for (const operation of operations) bench.driver.ledger.cancel(operation);
    bench.turnUntil(() => recorders.every((each) => each.finals === 1));
    expect(recorders.flatMap((each) => each.results)).toEqual(recorders.map(() => -ECANCELED));
  });

  uringTest(`${title}: operations cancelled in line never reach the kernel`, () => {
    using bench = new Bench({ queueEntries: 4, without });
    const recorders = Array.from({ length: 40 }, () => new Recorder(bench.driver));
    const operations = recorders.map((each) => bench.receive(bench.pair().ours, each));
    for (const operation of operations.toReversed()) bench.driver.ledger.cancel(operation);
    bench.turnUntil(() => recorders.every((each) => each.finals === 1));
    expect(bench.driver.ledger.counters.cancelled).toBe(40);
  });

  uringTest(`${title}: a completion queue that overflows loses nothing`, () => {
    // Four submission entries make sixteen for completions.
    using bench = new Bench({ queueEntries: 4, without });
    const { descriptor, address } = bench.listener(512);
    const accepted = new Recorder(bench.driver);
    bench.submit(accept, descriptor, accepted);
    const streams = Array.from({ length: 60 }, () => {
      const { ours, theirs } = bench.pair();
      const received = new Recorder(bench.driver);
      bench.receive(ours, received);
      return { received, theirs };
    });
    bench.settle();
    for (let client = 0; client < 60; client++) {
      connectRaw(bench.keep(createSocket(AF_INET, SOCK_STREAM)), address);
    }
    for (const [index, { theirs }] of streams.entries()) {
      for (let part = 0; part < 3; part++) writeText(theirs, `${index}.${part};`);
    }
    bench.turnUntil(() => accepted.completions.length === 60);
    for (const fd of accepted.results) bench.keep(fd);
    const wanted = streams.map((_, index) => `${index}.0;${index}.1;${index}.2;`);
    bench.turnUntil(() => streams.every((each, index) => each.received.text === wanted[index]));
    expect(accepted.finals).toBe(0);
    expect(streams.map((each) => each.received.text)).toEqual(wanted);
  });
}

uringTest("operations that rest in the kernel keep nobody from being submitted", () => {
  using bench = new Bench({ queueEntries: 4 });
  for (let resting = 0; resting < 300; resting++) {
    bench.receive(bench.pair().ours, new Recorder(bench.driver));
  }
  bench.settle();
  const done = new Recorder(bench.driver);
  bench.submit(nop, null, done);
  bench.driver.turn(0);
  expect(done.results).toEqual([0]);
});

uringTest("a hundred thousand operations through a small queue leave nothing behind", () => {
  using bench = new Bench({ queueEntries: 8 });
  let left = 100_000;
  let completed = 0;
  const listener = {
    onCompletion(): void {
      completed++;
      if (left-- > 0) bench.submit(nop, null, listener);
    },
  };
  for (let index = 0; index < 50; index++) bench.submit(nop, null, listener);
  bench.turnUntil(() => bench.driver.ledger.inFlight === 0);
  expect(completed).toBe(100_050);
  expect(bench.driver.mayProgress()).toBe(false);
});
