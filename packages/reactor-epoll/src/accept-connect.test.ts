import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mkdtempSync, rmSync } from "node:fs";
import {
  accept,
  AF_INET,
  AF_UNIX,
  bindSocket,
  closeDescriptor,
  createEventfd,
  createSocket,
  EAGAIN,
  ECANCELED,
  ECONNREFUSED,
  EMFILE,
  getResourceLimit,
  listenSocket,
  RLIMIT_NOFILE,
  setResourceLimit,
  SOCK_STREAM,
} from "@bascule/sys";
import { connectRaw, must, Recorder } from "@bascule/test-support";
import { Bench } from "../test/harness.ts";

test("connections are accepted as they come, and each result is a descriptor", () => {
  using bench = new Bench();
  const { descriptor, address } = bench.listener();
  const accepted = new Recorder(bench.driver);
  bench.submit(accept, descriptor, accepted);
  bench.settle();
  for (let count = 1; count <= 5; count++) {
    connectRaw(bench.keep(createSocket(AF_INET, SOCK_STREAM)), address);
    bench.turnUntil(() => accepted.completions.length === count);
  }
  expect(accepted.finals).toBe(0);
  for (const fd of accepted.results) bench.keep(fd);
});

test("accept ends with EMFILE, and works again once there is a descriptor to spare", () => {
  using bench = new Bench();
  const { descriptor, address } = bench.listener();
  connectRaw(bench.keep(createSocket(AF_INET, SOCK_STREAM)), address);
  const limit = getResourceLimit(RLIMIT_NOFILE);
  const refused = new Recorder(bench.driver);
  const lowestFree = must(createEventfd());
  closeDescriptor(lowestFree);
  must(setResourceLimit(RLIMIT_NOFILE, { soft: lowestFree, hard: limit.hard }));
  try {
    bench.submit(accept, descriptor, refused);
    bench.driver.turn(0);
  } finally {
    setResourceLimit(RLIMIT_NOFILE, limit);
  }
  expect(refused.completions).toEqual([{ result: -EMFILE, more: false, bytes: null }]);
  const accepted = new Recorder(bench.driver);
  bench.submit(accept, descriptor, accepted);
  bench.driver.turn(0);
  expect(accepted.completions.length).toBe(1);
  bench.keep(accepted.results[0] ?? -1);
});

test("connecting to a listener completes with 0, and the socket carries bytes", () => {
  using bench = new Bench();
  const { address } = bench.listener();
  const socket = bench.own(createSocket(AF_INET, SOCK_STREAM));
  const connected = new Recorder(bench.driver);
  bench.connect(socket, connected, address);
  bench.turnUntil(() => connected.finals === 1);
  expect(connected.results).toEqual([0]);
});

test("connecting where nobody listens completes with ECONNREFUSED", () => {
  using bench = new Bench();
  const { descriptor, address } = bench.listener();
  bench.driver.ledger.close(descriptor);
  const socket = bench.own(createSocket(AF_INET, SOCK_STREAM));
  const connected = new Recorder(bench.driver);
  bench.connect(socket, connected, address);
  bench.turnUntil(() => connected.finals === 1);
  expect(connected.results).toEqual([-ECONNREFUSED]);
});

test("a connect that nobody answers is cancelled, and its descriptor closed", () => {
  using bench = new Bench();
  const { address } = bench.listener(0);
  // The queue of a listener that does not accept takes two; further handshakes are not answered.
  for (let count = 0; count < 2; count++) {
    connectRaw(bench.keep(createSocket(AF_INET, SOCK_STREAM)), address);
  }
  const socket = bench.own(createSocket(AF_INET, SOCK_STREAM));
  const connected = new Recorder(bench.driver);
  bench.connect(socket, connected, address);
  bench.driver.turn(20);
  expect(connected.completions).toEqual([]);
  bench.driver.ledger.close(socket);
  bench.settle();
  expect(connected.results).toEqual([-ECANCELED]);
  expect(socket.closed).toBe(true);
});

test("a Unix socket with a full queue refuses with EAGAIN instead of waiting for ever", () => {
  using bench = new Bench();
  const folder = mkdtempSync(join(tmpdir(), "reactor-"));
  try {
    const path = join(folder, "socket");
    const listener = bench.keep(createSocket(AF_UNIX, SOCK_STREAM));
    must(bindSocket(listener, { family: "unix", path }));
    must(listenSocket(listener, 0));
    const results: number[] = [];
    for (let count = 0; count < 4; count++) {
      const connected = new Recorder(bench.driver);
      const socket = bench.own(createSocket(AF_UNIX, SOCK_STREAM));
      bench.connect(socket, connected, { family: "unix", path });
      bench.turnUntil(() => connected.finals === 1);
      results.push(...connected.results);
    }
    expect(results[0]).toBe(0);
    expect(results.at(-1)).toBe(-EAGAIN);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
