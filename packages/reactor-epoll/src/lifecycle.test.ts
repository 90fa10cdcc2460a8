import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import {
  closeDescriptor,
  createEventfd,
  getResourceLimit,
  nop,
  recv,
  RLIMIT_NOFILE,
  setResourceLimit,
  SHUT_WR,
  shutdownSocket,
} from "@bascule/sys";
import { must, openDescriptors, openedSince, Recorder } from "@bascule/test-support";
import factory, { EpollDriver } from "./index.ts";
import { Bench } from "../test/harness.ts";

test("a thousand drivers, each parked with a read in flight, leave no descriptor behind", () => {
  const before = openDescriptors();
  for (let cycle = 0; cycle < 1000; cycle++) {
    using bench = new Bench({ receiveBuffers: 16, receiveBufferBytes: 4096 });
    const { ours } = bench.pair();
    bench.receive(ours, new Recorder(bench.driver));
    bench.settle();
    expect(bench.driver.park(Infinity)).toBe(true);
  }
  expect(openedSince(before)).toEqual([]);
});

test("the factory is called epoll, and its probe finds the driver working", () => {
  const before = openDescriptors();
  expect(factory.name).toBe("epoll");
  expect(factory.probe()).toBeNull();
  const driver = factory.create({});
  expect(driver.name).toBe("epoll");
  driver.destroy({ leak: false });
  expect(openedSince(before)).toEqual([]);
});

test("without descriptors the probe says why, and a failed set-up leaves nothing open", () => {
  const limit = getResourceLimit(RLIMIT_NOFILE);
  const lowestFree = must(createEventfd());
  closeDescriptor(lowestFree);
  for (const spare of [0, 1, 2, 3]) {
    must(setResourceLimit(RLIMIT_NOFILE, { soft: lowestFree + spare, hard: limit.hard }));
    try {
      expect(factory.probe()).toMatchObject({ code: "ERR_EPOLL_UNAVAILABLE" });
      expect(factory.probe()?.cause).toStartWith("EMFILE");
    } finally {
      setResourceLimit(RLIMIT_NOFILE, limit);
    }
    const next = must(createEventfd());
    closeDescriptor(next);
    expect(next).toBe(lowestFree);
  }
});

test("without memory the set-up says so, and leaves nothing open", () => {
  const script = fileURLToPath(new URL("../test/without-memory.ts", import.meta.url));
  const child = Bun.spawnSync([process.execPath, script], { stderr: "inherit", timeout: 20_000 });
  expect(child.stdout.toString()).toBe("ENOMEM: not enough memory, mmap; 0 left open\n");
});

test("destroying with an operation in flight throws unless memory may leak", () => {
  const driver = new EpollDriver();
  const listener = new Recorder(driver);
  driver.ledger.submit(driver.ledger.prepare(nop, null, listener));
  expect(() => driver.destroy({ leak: false })).toThrow("1 operations in flight");
  const { bytes } = driver.receivePool;
  driver.destroy({ leak: true });
  expect(bytes.length).toBeGreaterThan(0);
});

test("memory is gone after destruction: a late view is empty", () => {
  const driver = new EpollDriver();
  const { bytes } = driver.receivePool;
  const block = driver.sendPool.take(100);
  driver.sendPool.give(block);
  driver.destroy({ leak: false });
  expect(bytes.length).toBe(0);
  expect(block.bytes.length).toBe(0);
});

test("sizes out of range are refused before anything is opened", () => {
  const before = openDescriptors();
  const wrong = [
    { receiveBuffers: 8 },
    { receiveBuffers: 100 },
    { receiveBuffers: 65536 },
    { receiveBufferBytes: 0 },
    { receiveBufferBytes: 1.5 },
    { receiveBuffers: 32768, receiveBufferBytes: 1 << 20 },
    { queueEntries: 3 },
    { queueEntries: Number.NaN },
  ];
  for (const options of wrong) expect(() => new EpollDriver(options)).toThrow(RangeError);
  expect(openedSince(before)).toEqual([]);
});

test("one event at a time is enough to serve many descriptors", () => {
  using bench = new Bench({ queueEntries: 1 });
  const all = Array.from({ length: 10 }, () => {
    const { ours, theirs } = bench.pair();
    const received = new Recorder(bench.driver);
    bench.submit(recv, ours, received);
    bench.settle();
    must(shutdownSocket(theirs, SHUT_WR));
    return received;
  });
  bench.turnUntil(() => all.every((each) => each.finals === 1));
  expect(all.every((each) => each.results.join() === "0")).toBe(true);
});
