import { expect, test } from "bun:test";
import { Descriptor, Runtime, sleep } from "@bascule/core";
import { closeDescriptor, createSocketPair, errnoName, recvOnce } from "@bascule/sys";
import { descriptorsFallTo, openDescriptorCount, Recorder, writeText } from "@bascule/test-support";
import { EpollDriver } from "./index.ts";

test("a runtime shut down from its own tick leaves the destroyed driver alone", async () => {
  const before = openDescriptorCount();
  for (let cycle = 0; cycle < 20; cycle++) {
    const driver = new EpollDriver();
    {
      await using runtime = Runtime.create({ driver });
      const answer = await runtime.spawn(() => sleep(0.1).then(() => cycle));
      expect(answer).toBe(cycle);
    }
    // A turn of the destroyed driver would have thrown, or waited on somebody else's descriptor.
    const { turns } = driver.counters;
    await new Promise((resolve) => setImmediate(resolve));
    expect(driver.counters.turns).toBe(turns);
  }
  await descriptorsFallTo(before);
});

test("an idle runtime makes no turns while it waits for a socket", async () => {
  const driver = new EpollDriver();
  const pair = createSocketPair();
  if (typeof pair === "number") throw new Error(errnoName(pair));
  const ours = new Descriptor(pair.first);
  await using runtime = Runtime.create({ driver });
  const received = new Recorder(driver);
  const arrived = new Promise((resolve) => {
    received.onEach = resolve;
  });
  driver.ledger.submit(driver.ledger.prepare(recvOnce, ours, received));
  await runtime.spawn(() => sleep(5));
  const { turns } = driver.counters;
  // The length of the measurement, not a wait for something to happen.
  await Bun.sleep(50);
  // Parking after the timer takes a few turns; polling would take thousands.
  expect(driver.counters.turns - turns).toBeLessThan(5);
  writeText(pair.second, "awake");
  await arrived;
  expect(received.text).toBe("awake");
  driver.ledger.close(ours);
  closeDescriptor(pair.second);
});
