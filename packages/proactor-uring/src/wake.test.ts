import { expect } from "bun:test";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { drainCounter, recvInto } from "@bascule/sys";
import {
  memoryOf,
  openDescriptorCount,
  Recorder,
  descriptorsFallTo,
  writeText,
} from "@bascule/test-support";
import { Bench, CONFIGURATIONS, isReadable, uringTest, waitReadable } from "../test/harness.ts";

/** Where one submission tells one event, nobody watches for the next, and there is no room to. */
function fillAfterUnpark(bench: Bench): void {
  bench.driver.unpark();
  expect(bench.driver.turn(Infinity)).toBe(1);
  for (let count = 0; count < 8; count++) {
    bench.submit(recvInto, bench.pair().ours, new Recorder(bench.driver), new ArrayBuffer(8));
  }
}

for (const { title, without } of CONFIGURATIONS) {
  uringTest(`${title}: unpark ends a turn that waits, and counts as progress`, () => {
    using bench = new Bench({ without });
    for (let round = 0; round < 3; round++) {
      bench.driver.unpark();
      expect(bench.driver.turn(Infinity)).toBe(1);
      bench.settle();
      expect(bench.driver.ledger.inFlight).toBe(0);
    }
  });

  uringTest(`${title}: many unparks before a turn are one`, () => {
    using bench = new Bench({ without });
    for (let count = 0; count < 10_000; count++) bench.driver.unpark();
    expect(bench.driver.turn(Infinity)).toBe(1);
    bench.settle();
    bench.driver.unpark();
    expect(bench.driver.turn(Infinity)).toBe(1);
  });

  uringTest(`${title}: a turn waits as long as it is told, to a fraction of a millisecond`, () => {
    using bench = new Bench({ without });
    bench.settle();
    for (const timeoutMs of [0.2, 3, 0.5]) {
      const startMs = performance.now();
      expect(bench.driver.turn(timeoutMs)).toBe(0);
      const tookMs = performance.now() - startMs;
      expect(tookMs).toBeGreaterThanOrEqual(timeoutMs - 0.05);
      expect(tookMs).toBeLessThan(1000);
    }
  });

  uringTest(`${title}: another thread unparks through the descriptor alone`, async () => {
    using bench = new Bench({ without });
    const { wakeFd } = bench.driver;
    const worker = new Worker(new URL("../test/unpark-worker.ts", import.meta.url), {
      workerData: { wakeFd },
    });
    await once(worker, "message");
    for (let round = 0; round < 20; round++) {
      worker.postMessage("unpark");
      expect(bench.driver.turn(5000)).toBe(1);
    }
    const ended = once(worker, "exit");
    await worker.terminate();
    await ended;
  });

  uringTest(`${title}: while parked, what completes makes the host's descriptor readable`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    const received = new Recorder(bench.driver);
    bench.receive(ours, received);
    for (let round = 1; round <= 20; round++) {
      bench.settle();
      expect(bench.driver.park(Infinity)).toBe(true);
      expect(isReadable(bench.driver.hostFd)).toBe(false);
      writeText(theirs, "x");
      waitReadable(bench.driver.hostFd);
      bench.driver.awake();
      drainCounter(bench.driver.hostFd);
      bench.settle();
      expect(received.byteCount).toBe(round);
    }
  });

  uringTest(`${title}: while parked, unpark makes the host's descriptor readable at once`, () => {
    using bench = new Bench({ without });
    for (let round = 0; round < 20; round++) {
      bench.settle();
      expect(bench.driver.park(Infinity)).toBe(true);
      bench.driver.unpark();
      waitReadable(bench.driver.hostFd);
      bench.driver.awake();
      drainCounter(bench.driver.hostFd);
      expect(bench.driver.turn(0)).toBe(1);
    }
  });

  uringTest(`${title}: a turn with a full submission queue hears an unpark`, () => {
    using bench = new Bench({ queueEntries: 8, without });
    fillAfterUnpark(bench);
    bench.driver.unpark();
    const startMs = performance.now();
    while (bench.driver.turn(5000) === 0) continue;
    expect(performance.now() - startMs).toBeLessThan(2000);
  });

  uringTest(`${title}: while parked with a full submission queue, unpark is heard`, () => {
    using bench = new Bench({ queueEntries: 8, without });
    fillAfterUnpark(bench);
    while (!bench.driver.park(Infinity)) bench.driver.turn(0);
    bench.driver.unpark();
    waitReadable(bench.driver.hostFd);
    bench.driver.awake();
  });

  uringTest(`${title}: while parked, a deadline makes the host's descriptor readable`, () => {
    using bench = new Bench({ without });
    for (const delayMs of [2, 0.3, 1, -5]) {
      bench.settle();
      const deadlineMs = performance.now() + delayMs;
      // A deadline in the past may be told at once instead.
      if (bench.driver.park(deadlineMs)) waitReadable(bench.driver.hostFd);
      expect(performance.now()).toBeGreaterThanOrEqual(deadlineMs - 0.05);
      bench.driver.awake();
      drainCounter(bench.driver.hostFd);
    }
  });

  uringTest(`${title}: while awake, nothing signals the host`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    const received = new Recorder(bench.driver);
    bench.receive(ours, received);
    bench.settle();
    writeText(theirs, "unheard");
    bench.driver.unpark();
    bench.settle();
    expect(received.text).toBe("unheard");
    expect(isReadable(bench.driver.hostFd)).toBe(false);
  });

  uringTest(`${title}: parking with work to do says so`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    const received = new Recorder(bench.driver);
    bench.receive(ours, received);
    writeText(theirs, "here already");
    expect(bench.driver.park(Infinity)).toBe(false);
    bench.turnUntil(() => received.text === "here already");
    writeText(theirs, " and again");
    expect(bench.driver.park(Infinity)).toBe(false);
    bench.turnUntil(() => received.text.endsWith("again"));
  });

  uringTest(`${title}: parking submits what was not submitted yet`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    const sent = new Recorder(bench.driver);
    bench.send(ours, sent, memoryOf("out"));
    expect(bench.driver.park(Infinity)).toBe(false);
    expect(isReadable(theirs)).toBe(true);
    bench.turnUntil(() => sent.finals === 1);
  });

  uringTest(`${title}: Bun's own loop watches the host's descriptor`, async () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    const received = new Recorder(bench.driver);
    bench.receive(ours, received);
    const before = openDescriptorCount();
    const reader = Bun.file(bench.driver.hostFd).stream().getReader();
    for (let round = 1; round <= 3; round++) {
      bench.settle();
      expect(bench.driver.park(Infinity)).toBe(true);
      const woken = reader.read();
      setImmediate(() => writeText(theirs, "x"));
      await woken;
      bench.driver.awake();
      bench.settle();
      expect(received.byteCount).toBe(round);
    }
    await reader.cancel();
    // Bun closes its duplicate a little later.
    await descriptorsFallTo(before);
  });
}

uringTest("parking again for the same deadline, or a later one, costs no system call", () => {
  using bench = new Bench();
  bench.settle();
  const deadlineMs = performance.now() + 60_000;
  bench.driver.park(deadlineMs);
  const { systemCalls } = bench.driver.counters;
  for (let round = 0; round < 10; round++) {
    bench.driver.awake();
    expect(bench.driver.turn(0)).toBe(0);
    expect(bench.driver.park(deadlineMs + round)).toBe(true);
  }
  expect(bench.driver.counters.systemCalls).toBe(systemCalls);
  bench.driver.awake();
});

uringTest("a helper thread can watch for a host that cannot", async () => {
  using bench = new Bench();
  const before = openDescriptorCount();
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = bench.driver.watchWithThread(() => {
    drainCounter(bench.driver.hostFd);
    resolve();
  });
  expect(bench.driver.park(Infinity)).toBe(true);
  bench.driver.unpark();
  await promise;
  bench.driver.awake();
  expect(bench.driver.turn(0)).toBe(1);
  watcher.close();
  // The thread gives its descriptors back when it has ended.
  await descriptorsFallTo(before);
});
