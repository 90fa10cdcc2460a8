import { expect } from "bun:test";
import {
  accept,
  addressOf,
  AF_INET,
  AF_UNIX,
  bindSocket,
  closeDescriptor,
  createEventfd,
  createPipe,
  createSocket,
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EMFILE,
  ENOTSOCK,
  EPIPE,
  getResourceLimit,
  listenSocket,
  nop,
  poll,
  POLLIN,
  recvInto,
  RLIMIT_NOFILE,
  send,
  setLinger,
  setResourceLimit,
  SHUT_WR,
  shutdown,
  shutdownSocket,
  SOCK_STREAM,
} from "@bascule/sys";
import {
  connectRaw,
  encoded,
  memoryOf,
  must,
  readSome,
  Recorder,
  writeText,
} from "@bascule/test-support";
import { Bench, CONFIGURATIONS, uringTest } from "../test/harness.ts";

for (const { title, without } of CONFIGURATIONS) {
  uringTest(`${title}: a nop completes in the next turn, not inside submit`, () => {
    using bench = new Bench({ without });
    const done = new Recorder(bench.driver);
    bench.submit(nop, null, done);
    expect(done.completions).toEqual([]);
    expect(bench.driver.mayProgress()).toBe(true);
    bench.turnUntil(() => done.finals === 1);
    expect(done.results).toEqual([0]);
  });

  uringTest(`${title}: one accept takes many connections, each non-blocking`, () => {
    using bench = new Bench({ without });
    const { descriptor, address } = bench.listener();
    const accepted = new Recorder(bench.driver);
    bench.submit(accept, descriptor, accepted);
    for (let client = 0; client < 20; client++) {
      connectRaw(bench.keep(createSocket(AF_INET, SOCK_STREAM)), address);
    }
    bench.turnUntil(() => accepted.completions.length === 20);
    expect(accepted.finals).toBe(0);
    for (const fd of accepted.results) expect(readSome(bench.keep(fd))).toBe(-EAGAIN);
  });

  uringTest(`${title}: one receive delivers everything, then the end of the stream`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.tcpPair();
    const received = new Recorder(bench.driver);
    bench.receive(ours, received);
    for (const part of ["first ", "second ", "third"]) {
      writeText(theirs, part);
      bench.turnUntil(() => received.text.endsWith(part));
    }
    must(shutdownSocket(theirs, SHUT_WR));
    bench.turnUntil(() => received.finals === 1);
    expect(received.text).toBe("first second third");
    expect(received.completions.at(-1)).toEqual({ result: 0, more: false, bytes: null });
    expect(bench.driver.receivePool.free).toBe(bench.driver.receivePool.count);
  });

  uringTest(`${title}: what came before the receive was submitted is not missed`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    writeText(theirs, "early");
    const received = new Recorder(bench.driver);
    bench.receive(ours, received);
    bench.turnUntil(() => received.text === "early");
    expect(received.finals).toBe(0);
  });

  uringTest(`${title}: 32 MiB pass through a slow reader byte by byte`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    const memory = new ArrayBuffer(32 << 20);
    const words = new Uint32Array(memory);
    for (let index = 0; index < words.length; index++) words[index] = index * 2654435761;
    const sent = new Recorder(bench.driver);
    let accepted = 0;
    const sendRest = (): void => {
      const operation = bench.driver.ledger.prepare(send, ours, sent);
      operation.address = addressOf(memory) + accepted;
      operation.length = memory.byteLength - accepted;
      operation.root = memory;
      bench.driver.ledger.submit(operation);
    };
    sent.onEach = ({ result }) => {
      accepted += Math.max(0, result);
      if (result > 0 && accepted < memory.byteLength) sendRest();
    };
    sendRest();
    const hasher = new Bun.CryptoHasher("sha1");
    let count = 0;
    while (count < memory.byteLength) {
      bench.driver.turn(0);
      const chunk = readSome(theirs);
      if (typeof chunk === "number") continue;
      hasher.update(chunk);
      count += chunk.length;
    }
    bench.turnUntil(() => accepted === memory.byteLength);
    expect(hasher.digest("hex")).toBe(new Bun.CryptoHasher("sha1").update(memory).digest("hex"));
  });

  uringTest(`${title}: a connect succeeds, or is refused`, () => {
    using bench = new Bench({ without });
    const { descriptor, address } = bench.listener();
    const good = new Recorder(bench.driver);
    bench.connect(bench.own(createSocket(AF_INET, SOCK_STREAM)), good, address);
    bench.turnUntil(() => good.finals === 1);
    expect(good.results).toEqual([0]);
    bench.driver.ledger.close(descriptor);
    const refused = new Recorder(bench.driver);
    bench.connect(bench.own(createSocket(AF_INET, SOCK_STREAM)), refused, address);
    bench.turnUntil(() => refused.finals === 1);
    expect(refused.results).toEqual([-ECONNREFUSED]);
  });

  uringTest(`${title}: a poll reports readiness again and again`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    const polled = new Recorder(bench.driver);
    bench.submit(poll, ours, polled, undefined, POLLIN);
    for (let round = 1; round <= 3; round++) {
      writeText(theirs, "x");
      bench.turnUntil(() => polled.completions.length >= round);
      readSome(ours.fd);
      bench.settle();
    }
    expect(polled.finals).toBe(0);
    expect(polled.results.every((mask) => (mask & POLLIN) !== 0)).toBe(true);
  });

  uringTest(`${title}: shutdown ends the stream after what was sent before it`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.tcpPair();
    const sent = new Recorder(bench.driver);
    bench.send(ours, sent, memoryOf("last words"));
    const ended = new Recorder(bench.driver);
    bench.submit(shutdown, ours, ended, undefined, SHUT_WR);
    bench.turnUntil(() => sent.finals === 1 && ended.finals === 1);
    expect([sent.results, ended.results]).toEqual([[10], [0]]);
    expect(Buffer.from(readSome(theirs) as Uint8Array).toString()).toBe("last words");
    expect(readSome(theirs)).toHaveLength(0);
  });

  uringTest(`${title}: out of descriptors, an accept ends with EMFILE and loses nobody`, () => {
    using bench = new Bench({ without });
    const { descriptor, address } = bench.listener();
    connectRaw(bench.keep(createSocket(AF_INET, SOCK_STREAM)), address);
    const accepted = new Recorder(bench.driver);
    const limit = getResourceLimit(RLIMIT_NOFILE);
    const nextFd = must(createEventfd());
    must(closeDescriptor(nextFd));
    must(setResourceLimit(RLIMIT_NOFILE, { ...limit, soft: nextFd }));
    try {
      bench.submit(accept, descriptor, accepted);
      bench.turnUntil(() => accepted.finals === 1);
    } finally {
      must(setResourceLimit(RLIMIT_NOFILE, limit));
    }
    expect(accepted.results).toEqual([-EMFILE]);
    const again = new Recorder(bench.driver);
    bench.submit(accept, descriptor, again);
    bench.turnUntil(() => again.completions.length === 1);
    bench.keep(again.results[0] ?? -1);
  });

  uringTest(`${title}: a reset ends the receive with ECONNRESET, and a send with EPIPE`, () => {
    using bench = new Bench({ without });
    const { descriptor, address } = bench.listener();
    const theirs = createSocket(AF_INET, SOCK_STREAM);
    connectRaw(theirs, address);
    const accepted = new Recorder(bench.driver);
    bench.submit(accept, descriptor, accepted);
    bench.turnUntil(() => accepted.completions.length === 1);
    const ours = bench.own(accepted.results[0] ?? -1);
    const received = new Recorder(bench.driver);
    bench.receive(ours, received);
    bench.settle();
    must(setLinger(theirs, 0));
    must(closeDescriptor(theirs));
    bench.turnUntil(() => received.finals === 1);
    const sent = new Recorder(bench.driver);
    bench.send(ours, sent, memoryOf("too late"));
    bench.turnUntil(() => sent.finals === 1);
    expect([received.results, sent.results]).toEqual([[-ECONNRESET], [-EPIPE]]);
  });

  uringTest(`${title}: a receive on what is no socket fails as recv(2) does`, () => {
    using bench = new Bench({ without });
    const pipe = createPipe();
    if (typeof pipe === "number") throw new Error("There is no pipe");
    writeText(bench.keep(pipe.second), "x");
    const received = new Recorder(bench.driver);
    bench.receive(bench.own(pipe.first), received);
    bench.turnUntil(() => received.finals === 1);
    expect(received.results).toEqual([-ENOTSOCK]);
  });

  uringTest(`${title}: a receive into memory of one's own`, () => {
    using bench = new Bench({ without });
    const { ours, theirs } = bench.pair();
    const memory = new ArrayBuffer(8);
    const received = new Recorder(bench.driver);
    bench.submit(recvInto, ours, received, memory);
    writeText(theirs, "12345678901");
    bench.turnUntil(() => received.finals === 1);
    expect(received.results).toEqual([8]);
    expect(Buffer.from(memory).toString()).toBe("12345678");
  });
}

uringTest("a Unix listener with a full backlog refuses with EAGAIN instead of spinning", () => {
  using bench = new Bench();
  const listener = bench.own(createSocket(AF_UNIX, SOCK_STREAM));
  const address = { family: "unix", path: `\0bascule-full-backlog-${process.pid}` } as const;
  must(bindSocket(listener.fd, address));
  must(listenSocket(listener.fd, 0));
  const outcomes = Array.from({ length: 3 }, () => {
    const done = new Recorder(bench.driver);
    bench.connect(bench.own(createSocket(AF_UNIX, SOCK_STREAM)), done, address);
    bench.settle();
    return done.results;
  });
  expect(outcomes).toEqual([[0], [-EAGAIN], [-EAGAIN]]);
  expect(encoded(address).byteLength).toBeGreaterThan(2);
});
