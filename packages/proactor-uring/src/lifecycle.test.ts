import { expect, test } from "bun:test";
import { Descriptor, DriverUnavailableError } from "@bascule/core";
import { closeDescriptor, createSocketPair, descriptorFlags, EBADF, nop, recv } from "@bascule/sys";
import { must, openDescriptors, openedSince, Recorder, writeText } from "@bascule/test-support";
import { Bench, CONFIGURATIONS, mappings, openDriver, uringTest } from "../test/harness.ts";
import factory, { FEATURES, UringDriver } from "./index.ts";

/** A thousand rings take the kernel a while on a busy machine. */
const CYCLES_MS = 60_000;

for (const { title, without } of CONFIGURATIONS) {
  const name = `${title}: a thousand drivers leave no descriptor and no mapping`;
  const cycles = (): void => {
    const options = { queueEntries: 16, receiveBuffers: 16, without };
    const cycle = (): void => {
      const driver = openDriver(options);
      const done = new Recorder(driver);
      driver.ledger.submit(driver.ledger.prepare(nop, null, done));
      driver.sendPool.give(driver.sendPool.take(1));
      driver.turn(Infinity);
      if (done.finals !== 1) throw new Error("The nop did not complete");
      driver.destroy({ leak: false });
    };
    for (let warmUp = 0; warmUp < 20; warmUp++) cycle();
    const descriptorsBefore = openDescriptors();
    const mappingsBefore = mappings();
    for (let count = 0; count < 1000; count++) cycle();
    expect(openedSince(descriptorsBefore)).toEqual([]);
    // The collector maps heap of its own meanwhile; a leak would be a thousand mappings.
    expect(mappings() - mappingsBefore).toBeLessThan(100);
  };
  uringTest(name, cycles, CYCLES_MS);
}

uringTest("a driver with operations in flight refuses to be destroyed", () => {
  using bench = new Bench();
  const { ours } = bench.pair();
  bench.receive(ours, new Recorder(bench.driver));
  expect(() => bench.driver.destroy({ leak: false })).toThrow("1 operations are in flight");
});

uringTest("a descriptor that somebody else has closed is noticed", () => {
  using bench = new Bench();
  const { ours } = bench.pair();
  closeDescriptor(ours.fd);
  expect(() => bench.driver.ledger.close(ours)).toThrow("cannot be closed: it is not open");
});

uringTest("a driver destroyed with a leak keeps its memory and closes its descriptors", () => {
  const before = openDescriptors();
  const driver = openDriver({ receiveBuffers: 16 });
  const pair = createSocketPair();
  if (typeof pair === "number") throw new Error("There are no sockets");
  const received = new Recorder(driver);
  driver.ledger.submit(driver.ledger.prepare(recv, new Descriptor(pair.first), received));
  driver.turn(0);
  const { wakeFd, hostFd } = driver;
  driver.destroy({ leak: true });
  expect([descriptorFlags(wakeFd), descriptorFlags(hostFd)]).toEqual([-EBADF, -EBADF]);
  expect(driver.receivePool.bytes.byteLength).toBe(16 * driver.receivePool.bufferSize);
  writeText(pair.second, "into memory that is still there");
  closeDescriptor(pair.first);
  closeDescriptor(pair.second);
  expect(openedSince(before)).toEqual([]);
});

uringTest("a destroyed driver ignores a late unpark, and a second destroy", () => {
  const driver = openDriver();
  driver.destroy({ leak: false });
  const recycled = must(createSocketPairFd());
  driver.unpark();
  driver.destroy({ leak: false });
  expect(descriptorFlags(recycled)).toBeGreaterThanOrEqual(0);
  closeDescriptor(recycled);
});

uringTest("the factory's driver is called uring, and a probe leaves nothing behind", () => {
  factory.probe();
  const before = openDescriptors();
  expect(factory.probe()).toBeNull();
  const driver = factory.create({});
  expect([factory.name, driver.name]).toEqual(["uring", "uring"]);
  driver.destroy({ leak: false });
  expect(openedSince(before)).toEqual([]);
});

uringTest("what is switched off shows among the capabilities, with the reason", () => {
  const driver = openDriver({ without: [...FEATURES] });
  const emulated = driver.capabilities.filter((each) => each.support === "emulated");
  expect(emulated.map((each) => each.name)).toEqual([
    "receive into pooled buffers",
    "multishot recv",
    "multishot accept",
    "silent sends",
    "timed wait",
    "shutdown, connect of Unix sockets",
    "file operations",
  ]);
  expect(emulated.every((each) => each.detail.length > 10)).toBe(true);
  driver.destroy({ leak: false });
});

test("options out of their range are refused, with the range", () => {
  for (const [options, message] of [
    [{ queueEntries: 3 }, '"queueEntries" must be a power of two from 1 to 32768: 3'],
    [{ receiveBuffers: 8 }, '"receiveBuffers" must be a power of two from 16 to 32768: 8'],
    [
      { receiveBuffers: 2048, receiveBufferBytes: 0 },
      '"receiveBufferBytes" must be 1 to 1048575: 0',
    ],
    [{ without: ["multi-shot"] }, 'Cannot do without "multi-shot"'],
  ] as const) {
    expect(() => UringDriver.open(options)).toThrow(message);
  }
  expect(DriverUnavailableError.name).toBe("DriverUnavailableError");
});

function createSocketPairFd(): number {
  const pair = createSocketPair();
  if (typeof pair === "number") return pair;
  closeDescriptor(pair.second);
  return pair.first;
}
