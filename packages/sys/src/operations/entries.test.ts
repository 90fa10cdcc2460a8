import { describe, expect, test } from "bun:test";
import { TestRing, skipWithoutRing, type Completion } from "../../test/ring.ts";
import { expectSuccess, frameOf, nameOf, Resources } from "../../test/sockets.ts";
import {
  createPipe,
  descriptorFlags,
  FD_CLOEXEC,
  O_NONBLOCK,
  statusFlags,
} from "../descriptors.ts";
import { ECANCELED, EINVAL, ENOBUFS, ENOENT } from "../errno.ts";
import { createEventfd, drainCounter, signalEventfd } from "../eventfd.ts";
import { setLinger } from "../socket-options.ts";
import { listenSocket, localAddress, peerAddress, SHUT_WR } from "../sockets.ts";
import { BufferRing } from "../uring/buffer-ring.ts";
import {
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUFFER,
  IORING_CQE_F_MORE,
} from "../uring/constants.ts";
import { accept, acceptOnce } from "./accept.ts";
import { close } from "./close.ts";
import { connect } from "./connect.ts";
import { nop } from "./nop.ts";
import { poll, POLLIN, pollOnce } from "./poll.ts";
import { recv, recvInto, recvOnce } from "./recv.ts";
import { send } from "./send.ts";
import { shutdown } from "./shutdown.ts";

const GROUP = 7;

function hasMore(completion: Completion): boolean {
  return (completion.flags & IORING_CQE_F_MORE) !== 0;
}

function bufferOf(completion: Completion): number {
  expect(completion.flags & IORING_CQE_F_BUFFER).toBe(IORING_CQE_F_BUFFER);
  return completion.flags >>> IORING_CQE_BUFFER_SHIFT;
}

function buffersOf(ring: TestRing, count: number): BufferRing {
  const options = { group: GROUP, count, bufferBytes: 1024 };
  const buffers = expectSuccess(BufferRing.register(ring.memory, options));
  for (let id = 0; id < count; id++) buffers.add(id);
  buffers.publish();
  return buffers;
}

describe.skipIf(skipWithoutRing())("entries on a real ring", () => {
  test("nop completes with 0 and its user data", () => {
    using ring = new TestRing();
    ring.submit(nop, frameOf({}), 41);
    expect(ring.next()).toEqual({ userData: 41, result: 0, flags: 0 });
  });

  test("accept gives one connection after the other, non-blocking and closed on exec", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const { fd, address } = resources.listener();
    ring.submit(accept, frameOf({ fd }), 1);
    expect(ring.isQuiet()).toBe(true);
    for (let round = 0; round < 3; round++) {
      const client = resources.connecting(address);
      connect.attempt(client);
      const completion = ring.next();
      expect(hasMore(completion)).toBe(true);
      const accepted = resources.descriptor(completion.result);
      expect(peerAddress(accepted)).toEqual(localAddress(client.fd));
      expect(descriptorFlags(accepted) & FD_CLOEXEC).toBe(FD_CLOEXEC);
      expect(statusFlags(accepted) & O_NONBLOCK).toBe(O_NONBLOCK);
    }
    ring.cancel(1, 2);
    const last = [ring.next(), ring.next()].find((completion) => completion.userData === 1);
    expect(last).toEqual({ userData: 1, result: -ECANCELED, flags: 0 });
  });

  test("accepting once ends with one connection", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const { fd, address } = resources.listener();
    ring.submit(acceptOnce, frameOf({ fd }), 1);
    connect.attempt(resources.connecting(address));
    const completion = ring.next();
    expect(hasMore(completion)).toBe(false);
    expect(resources.descriptor(completion.result)).toBeGreaterThan(2);
  });

  test("connect completes with 0 on a non-blocking socket, or with the refusal", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const { fd, address } = resources.listener();
    const client = resources.connecting(address);
    ring.submit(connect, client, 1);
    expect(ring.next().result).toBe(0);
    expect(peerAddress(client.fd)).toEqual(address);
    resources.close(fd);
    ring.submit(connect, resources.connecting(address), 2);
    expect(nameOf(ring.next().result)).toBe("ECONNREFUSED");
  });

  test("connecting to a full Unix backlog fails as it does in the other form", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const address = { family: "unix", path: `\0bascule-ring-${process.pid}` } as const;
    listenSocket(resources.listener(address).fd, 0);
    expect(connect.attempt(resources.connecting(address))).toBe(0);
    ring.submit(connect, resources.connecting(address), 1);
    expect(nameOf(ring.next().result)).toBe("EAGAIN");
  });

  test("recv into memory waits for data and is 0 at the end", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const { first, second } = resources.tcpPair();
    const memory = resources.memory();
    const receiving = frameOf({ fd: second, address: memory.address + 64, length: 32 });
    ring.submit(recvInto, receiving, 1);
    expect(ring.isQuiet()).toBe(true);
    memory.bytes.set([9, 8, 7]);
    send.attempt(frameOf({ fd: first, address: memory.address, length: 3 }));
    expect(ring.next()).toMatchObject({ userData: 1, result: 3 });
    expect([...memory.bytes.subarray(64, 68)]).toEqual([9, 8, 7, 0]);
    resources.close(first);
    ring.submit(recvInto, receiving, 2);
    expect(ring.next()).toMatchObject({ userData: 2, result: 0 });
  });

  test("recv into the pool takes a buffer for every arrival and ends without one", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const { first, second } = resources.tcpPair();
    const memory = resources.memory();
    const buffers = buffersOf(ring, 2);
    const sending = frameOf({ fd: first, address: memory.address, length: 5 });
    ring.submit(recv, frameOf({ fd: second, offset: GROUP }), 1);
    for (let round = 0; round < 2; round++) {
      memory.bytes.fill(round + 1);
      send.attempt(sending);
      const completion = ring.next();
      expect(completion.result).toBe(5);
      expect(hasMore(completion)).toBe(true);
      const start = bufferOf(completion) * buffers.bufferBytes;
      expect([...buffers.bytes.subarray(start, start + 6)]).toEqual([
        ...Array(5).fill(round + 1),
        0,
      ]);
    }
    send.attempt(sending);
    const starved = ring.next();
    expect(starved.result).toBe(-ENOBUFS);
    expect(hasMore(starved)).toBe(false);
    expect(buffers.close()).toBe(0);
  });

  test("receiving once from the pool fills no more than the length", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const { first, second } = resources.tcpPair();
    const memory = resources.memory();
    const buffers = buffersOf(ring, 4);
    send.attempt(frameOf({ fd: first, address: memory.address, length: 100 }));
    ring.submit(recvOnce, frameOf({ fd: second, offset: GROUP, length: 60 }), 1);
    const completion = ring.next();
    expect(completion.result).toBe(60);
    expect(hasMore(completion)).toBe(false);
    expect(bufferOf(completion)).toBeLessThan(4);
    expect(buffers.close()).toBe(0);
  });

  test("a short send completes with what went out, and a cancel of the rest takes nothing", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const { first, second } = resources.socketPair();
    const length = 4 << 20;
    const memory = resources.memory(length);
    const sending = frameOf({ fd: first, address: memory.address, length });
    ring.submit(send, sending, 1);
    const sent = ring.next().result;
    ring.submit(send, sending, 2);
    expect(ring.isQuiet()).toBe(true);
    ring.cancel(2, 3);
    const completions = [ring.next(), ring.next()];
    const rest = completions.find((completion) => completion.userData === 2);
    let received = 0;
    for (let result = 1; result > 0;) {
      result = recvInto.attempt(frameOf({ fd: second, address: memory.address, length }));
      if (result > 0) received += result;
    }
    expect([rest?.result, sent]).toEqual([-ECANCELED, received]);
    expect(sent).toBeGreaterThan(0);
  });

  test.each([2 ** 31, 2 ** 32])("a send of %p bytes takes a part of them", (length) => {
    using resources = new Resources();
    using ring = new TestRing();
    const { first } = resources.socketPair();
    // The socket has room for less, and the kernel looks no further.
    const { address, bytes } = resources.memory(4 << 20);
    ring.submit(send, frameOf({ fd: first, address, length }), 1);
    const { result } = ring.next();
    expect(result).toBeGreaterThan(0);
    expect(result).toBeLessThan(bytes.byteLength);
  });

  test("a reset that comes behind short sends is told by the one that waits", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const { first, second } = resources.tcpPair();
    const length = 16 << 20;
    const sending = frameOf({ fd: first, address: resources.memory(length).address, length });
    const sendUntil = (isOver: (result: number) => boolean): number => {
      for (;;) {
        const { result } = ring.next();
        if (result > 0) ring.submit(send, sending, 1);
        if (isOver(result)) return result;
      }
    };
    ring.submit(send, sending, 1);
    sendUntil(() => ring.isQuiet());
    setLinger(second, 0);
    resources.close(second);
    expect(nameOf(sendUntil((result) => result < 0))).toBe("ECONNRESET");
  });

  test("poll tells every signal of an eventfd, and poll once tells one", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const fd = resources.descriptor(createEventfd());
    ring.submit(poll, frameOf({ fd, flags: POLLIN }), 1);
    for (let round = 0; round < 3; round++) {
      signalEventfd(fd);
      const completion = ring.next();
      expect(completion.result).toBe(POLLIN);
      expect(hasMore(completion)).toBe(true);
      drainCounter(fd);
    }
    ring.cancel(1, 2);
    expect(new Set([ring.next().result, ring.next().result])).toEqual(new Set([-ECANCELED, 0]));
    ring.submit(pollOnce, frameOf({ fd, flags: POLLIN }), 3);
    signalEventfd(fd);
    const completion = ring.next();
    expect(completion.result).toBe(POLLIN);
    expect(hasMore(completion)).toBe(false);
  });

  test("shutdown ends the peer's reading, and close closes", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const { first, second } = resources.tcpPair();
    const memory = resources.memory();
    ring.submit(shutdown, frameOf({ fd: first, flags: SHUT_WR }), 1);
    expect(ring.next().result).toBe(0);
    const receiving = frameOf({ fd: second, address: memory.address, length: 1 });
    expect(recvInto.attempt(receiving)).toBe(0);
    const pipe = expectSuccess(createPipe());
    for (const fd of [pipe.first, pipe.second]) {
      ring.submit(close, frameOf({ fd }), fd);
      expect(ring.next()).toEqual({ userData: fd, result: 0, flags: 0 });
      expect(nameOf(descriptorFlags(fd))).toBe("EBADF");
    }
  });

  test("cancelling what is not there is ENOENT", () => {
    using ring = new TestRing();
    ring.cancel(99, 5);
    expect(ring.next()).toEqual({ userData: 5, result: -ENOENT, flags: 0 });
  });

  test("the kernel refuses an entry of which a reserved word is not zero", () => {
    using ring = new TestRing();
    const careless = {
      ...acceptOnce,
      encode(entries: Int32Array, base: number): void {
        acceptOnce.encode(entries, base, frameOf({ fd: 0 }));
        entries[base + 11] = 0;
        entries[base + 6] = 1;
      },
    };
    ring.submit(careless, frameOf({}), 1);
    expect(ring.next().result).toBe(-EINVAL);
  });
});
