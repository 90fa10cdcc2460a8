import { expect } from "bun:test";
import {
  acceptOnce,
  AF_INET,
  createSocket,
  ECONNABORTED,
  EINTR,
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUFFER,
  recvInto,
  SHUT_WR,
  shutdownSocket,
  SOCK_STREAM,
} from "@bascule/sys";
import { connectRaw, memoryOf, readSome, Recorder, writeText } from "@bascule/test-support";
import { Bench, uringTest } from "../test/harness.ts";

/** Tells the driver another result than the kernel's, for the next operation that completes. */
function sayInstead(bench: Bench, result: number): { readonly real: number[] } {
  const real: number[] = [];
  const { driver } = bench;
  const onEntry = driver.onEntry.bind(driver);
  driver.onEntry = (low, high, given, flags) => {
    if (low < 0 || real.length > 0) return onEntry(low, high, given, flags);
    real.push(given);
    return onEntry(low, high, result, 0);
  };
  return { real };
}

uringTest("an operation that a signal interrupted is submitted again", () => {
  using bench = new Bench();
  const said = sayInstead(bench, -EINTR);
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  bench.submit(recvInto, ours, received, new ArrayBuffer(8));
  writeText(theirs, "lost");
  bench.turnUntil(() => said.real.length === 1);
  expect(received.completions).toEqual([]);
  writeText(theirs, "kept!");
  bench.turnUntil(() => received.finals === 1);
  expect([said.real, received.results]).toEqual([[4], [5]]);
});

uringTest("an accept goes on after a connection that died in the queue", () => {
  using bench = new Bench();
  const said = sayInstead(bench, -ECONNABORTED);
  const { descriptor, address } = bench.listener();
  const accepted = new Recorder(bench.driver);
  bench.submit(acceptOnce, descriptor, accepted);
  connectRaw(bench.keep(createSocket(AF_INET, SOCK_STREAM)), address);
  bench.turnUntil(() => said.real.length === 1);
  bench.keep(said.real[0] ?? -1);
  expect(accepted.completions).toEqual([]);
  connectRaw(bench.keep(createSocket(AF_INET, SOCK_STREAM)), address);
  bench.turnUntil(() => accepted.finals === 1);
  bench.keep(accepted.results[0] ?? -1);
});

uringTest("the buffer of a completion that names nobody goes back to the kernel", () => {
  using bench = new Bench();
  const { driver } = bench;
  const refused: number[] = [];
  const pool = driver.receivePool as unknown as { refuse: (bufferId: number) => void };
  pool.refuse = (bufferId) => void refused.push(bufferId);
  driver.onEntry(0, 99, 5, IORING_CQE_F_BUFFER | (3 << IORING_CQE_BUFFER_SHIFT));
  expect([refused, driver.ledger.counters.stale]).toEqual([[3], 1]);
});

uringTest("without a buffer ring, streams that end use no buffer up", () => {
  using bench = new Bench({ receiveBuffers: 16, without: ["buffer-ring"] });
  for (let stream = 0; stream < 40; stream++) {
    const { ours, theirs } = bench.tcpPair();
    const received = new Recorder(bench.driver);
    bench.receive(ours, received);
    bench.settle();
    shutdownSocket(theirs, SHUT_WR);
    bench.turnUntil(() => received.finals === 1);
    expect(received.results).toEqual([0]);
  }
  const { ours, theirs } = bench.pair();
  const received = new Recorder(bench.driver);
  bench.receive(ours, received);
  writeText(theirs, "still room");
  bench.turnUntil(() => received.byteCount > 0);
  expect(received.text).toBe("still room");
});

uringTest("what a listener submits does not overtake what waits in line", () => {
  using bench = new Bench({ queueEntries: 2 });
  const { ours, theirs } = bench.pair();
  const { driver } = bench;
  let left = 12;
  const sendNext = (text: string): void => {
    const sent = new Recorder(driver);
    sent.onEach = () => {
      left--;
      if (text < "g") sendNext(String.fromCharCode(text.charCodeAt(0) + 6));
    };
    bench.send(ours, sent, memoryOf(text));
  };
  for (const text of "abcdef") sendNext(text);
  bench.turnUntil(() => left === 0);
  const bytes = readSome(theirs);
  expect(typeof bytes === "number" ? bytes : Buffer.from(bytes).toString()).toBe("abcdefghijkl");
});
