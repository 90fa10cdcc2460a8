import { expect, test } from "bun:test";
import { drainCounter } from "@bascule/sys";
import { descriptorsFallTo, openDescriptorCount, Recorder, writeText } from "@bascule/test-support";
import { EpollDriver } from "./index.ts";
import { becomesReadable, Bench } from "../test/harness.ts";

const LIMIT_MS = 5000;

/**
 * Parks until so long from now; once more where the machine stood still until then, since a
 * deadline that has passed is refused. @returns the deadline
 */
function parkFor(driver: EpollDriver, delayMs: number): number {
  for (;;) {
    const deadlineMs = performance.now() + delayMs;
    if (driver.park(deadlineMs)) return deadlineMs;
    expect(performance.now()).toBeGreaterThanOrEqual(deadlineMs);
  }
}

test("a parked driver makes hostFd readable for a completion", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  bench.settle();
  for (let round = 1; round <= 50; round++) {
    expect(bench.driver.park(Infinity)).toBe(true);
    expect(becomesReadable(bench.driver.hostFd, 0)).toBe(false);
    writeText(theirs, "x");
    expect(becomesReadable(bench.driver.hostFd, LIMIT_MS)).toBe(true);
    drainCounter(bench.driver.hostFd);
    bench.driver.awake();
    bench.driver.turn(0);
    expect(received.text.length).toBe(round);
  }
});

test("parking says no when there is work, or an event has come already", () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  const operation = bench.receive(ours, received);
  expect(bench.driver.park(Infinity)).toBe(false);
  bench.settle();
  writeText(theirs, "here");
  expect(bench.driver.park(Infinity)).toBe(false);
  expect(becomesReadable(bench.driver.hostFd, 0)).toBe(false);
  bench.settle();
  expect(received.text).toBe("here");
  bench.driver.ledger.cancel(operation);
  expect(bench.driver.park(Infinity)).toBe(false);
});

test("a deadline makes hostFd readable, not long before and not long after", () => {
  using bench = new Bench();
  const deadlineMs = parkFor(bench.driver, 20.5);
  expect(becomesReadable(bench.driver.hostFd, LIMIT_MS)).toBe(true);
  expect(performance.now()).toBeGreaterThanOrEqual(deadlineMs - 0.5);
  drainCounter(bench.driver.hostFd);
  expect(bench.driver.turn(0)).toBe(0);
  // Once it has expired it can be set again.
  parkFor(bench.driver, 1);
  expect(becomesReadable(bench.driver.hostFd, LIMIT_MS)).toBe(true);
});

test("a deadline that has passed is work", () => {
  using bench = new Bench();
  expect(bench.driver.park(performance.now() - 1)).toBe(false);
  expect(bench.driver.park(0)).toBe(false);
});

test("an earlier deadline takes the place of a later one", () => {
  using bench = new Bench();
  expect(bench.driver.park(performance.now() + 60_000)).toBe(true);
  bench.driver.awake();
  parkFor(bench.driver, 1);
  expect(becomesReadable(bench.driver.hostFd, LIMIT_MS)).toBe(true);
});

test("parking again costs no system call while armed, when the deadline moves away", () => {
  using bench = new Bench();
  expect(bench.driver.park(performance.now() + 60_000)).toBe(true);
  const { systemCalls } = bench.driver.counters;
  for (let round = 0; round < 10; round++) {
    bench.driver.awake();
    expect(bench.driver.park(performance.now() + 60_000)).toBe(true);
    expect(bench.driver.park(Infinity)).toBe(true);
  }
  expect(bench.driver.counters.systemCalls).toBe(systemCalls);
});

test("unpark makes hostFd readable and counts as progress of the next turn", () => {
  using bench = new Bench();
  for (let round = 0; round < 10; round++) {
    expect(bench.driver.park(Infinity)).toBe(true);
    bench.driver.unpark();
    expect(becomesReadable(bench.driver.hostFd, LIMIT_MS)).toBe(true);
    drainCounter(bench.driver.hostFd);
    expect(bench.driver.turn(0)).toBe(1);
    expect(bench.driver.turn(0)).toBe(0);
  }
});

test("Bun's own loop wakes for a parked driver", async () => {
  using bench = new Bench();
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  bench.settle();
  const before = openDescriptorCount();
  const reader = Bun.file(bench.driver.hostFd).stream().getReader();
  expect(bench.driver.park(Infinity)).toBe(true);
  const woken = reader.read();
  writeText(theirs, "hosted");
  await woken;
  bench.driver.turn(0);
  expect(received.text).toBe("hosted");
  await reader.cancel();
  await descriptorsFallTo(before);
});

test("without AIO a helper thread signals hostFd instead", async () => {
  const before = openDescriptorCount();
  {
    const driver = new EpollDriver({ without: ["aio"] });
    const wakeUp = driver.capabilities.find((each) => each.name === "host wake-up");
    expect(wakeUp?.support).toBe("emulated");
    const reader = Bun.file(driver.hostFd).stream().getReader();
    for (let round = 0; round < 3; round++) {
      expect(driver.park(Infinity)).toBe(true);
      const woken = reader.read();
      driver.unpark();
      await woken;
      expect(driver.turn(0)).toBe(1);
    }
    parkFor(driver, 5);
    await reader.read();
    await reader.cancel();
    driver.destroy({ leak: false });
  }
  await descriptorsFallTo(before);
});
