import { describe, expect, test } from "bun:test";
import { frameOf, nameOf, Resources } from "../../test/sockets.ts";
import { createPipe, descriptorFlags } from "../descriptors.ts";
import { EBADF, ECONNABORTED, EINVAL, EMFILE, EPROTO } from "../errno.ts";
import { createEventfd, signalEventfd } from "../eventfd.ts";
import { getResourceLimit, RLIMIT_NOFILE, setResourceLimit } from "../limits.ts";
import { SO_RCVBUF, SOL_SOCKET, setSocketOption } from "../socket-options.ts";
import { listenSocket, SHUT_WR } from "../sockets.ts";
import { accept, acceptOnce, isTransientAcceptResult } from "./accept.ts";
import { close } from "./close.ts";
import { connect } from "./connect.ts";
import { nop } from "./nop.ts";
import {
  READINESS_NONE,
  READINESS_READABLE,
  READINESS_WRITABLE,
  WOULD_BLOCK,
} from "./operation-kind.ts";
import { poll, POLLIN, pollOnce, POLLOUT } from "./poll.ts";
import { recv, recvInto, recvOnce } from "./recv.ts";
import { send } from "./send.ts";
import { shutdown } from "./shutdown.ts";

const KINDS = [
  accept,
  acceptOnce,
  close,
  connect,
  nop,
  poll,
  pollOnce,
  recv,
  recvInto,
  recvOnce,
  send,
  shutdown,
];

describe("every kind", () => {
  test("has one shape, is frozen, and has a one-shot form exactly when it is multishot", () => {
    const shape = Object.keys(nop).join();
    for (const kind of KINDS) {
      expect(Object.keys(kind).join()).toBe(shape);
      expect(Object.isFrozen(kind)).toBe(true);
      expect(kind.multishot).toBe(kind.oneshot !== null);
      expect(kind.oneshot?.multishot ?? false).toBe(false);
      expect(kind.oneshot?.selectsBuffer ?? kind.selectsBuffer).toBe(kind.selectsBuffer);
    }
  });

  test("says what it waits for", () => {
    const waiting = new Map(KINDS.map((kind) => [kind.name, kind.readiness]));
    expect(Object.fromEntries(waiting)).toEqual({
      accept: READINESS_READABLE,
      close: READINESS_NONE,
      connect: READINESS_WRITABLE,
      nop: READINESS_NONE,
      poll: READINESS_READABLE,
      recv: READINESS_READABLE,
      send: READINESS_WRITABLE,
      shutdown: READINESS_NONE,
    });
  });

  test("fails on a descriptor that is not open, all but nop", () => {
    using resources = new Resources();
    const { address } = resources.memory();
    for (const kind of KINDS) {
      const result = kind.attempt(frameOf({ fd: 0x7ffffff, address, length: 16, flags: POLLIN }));
      expect(result).toBe(kind === nop ? 0 : -EBADF);
    }
  });
});

describe("accept", () => {
  test("takes one connection at a time and then would block", () => {
    using resources = new Resources();
    const { fd, address } = resources.listener();
    connect.attempt(resources.connecting(address));
    connect.attempt(resources.connecting(address));
    const frame = frameOf({ fd });
    expect(resources.descriptor(accept.attempt(frame))).toBeGreaterThan(2);
    expect(resources.descriptor(accept.attempt(frame))).toBeGreaterThan(2);
    expect(accept.attempt(frame)).toBe(WOULD_BLOCK);
  });

  test("running out of descriptors is final, and leaves the connection in the queue", () => {
    using resources = new Resources();
    const { fd, address } = resources.listener();
    connect.attempt(resources.connecting(address));
    const before = getResourceLimit(RLIMIT_NOFILE);
    setResourceLimit(RLIMIT_NOFILE, { soft: 1, hard: before.hard });
    const refused = accept.attempt(frameOf({ fd }));
    setResourceLimit(RLIMIT_NOFILE, before);
    expect(refused).toBe(-EMFILE);
    expect(resources.descriptor(accept.attempt(frameOf({ fd })))).toBeGreaterThan(2);
  });

  test("only errors of one connection are transient", () => {
    expect(isTransientAcceptResult(-ECONNABORTED)).toBe(true);
    expect(isTransientAcceptResult(-EPROTO)).toBe(true);
    for (const result of [-EMFILE, -EINVAL, -EBADF, 0, 7]) {
      expect(isTransientAcceptResult(result)).toBe(false);
    }
  });
});

describe("connect", () => {
  test("would block until the connection is there, and is 0 from then on", () => {
    using resources = new Resources();
    const { address } = resources.listener();
    const frame = resources.connecting(address);
    const first = connect.attempt(frame);
    expect([0, WOULD_BLOCK]).toContain(first);
    expect(pollOnce.attempt(frameOf({ fd: frame.fd, flags: POLLOUT }))).toBe(POLLOUT);
    expect(connect.attempt(frame)).toBe(0);
    expect(connect.attempt(frame)).toBe(0);
  });

  test("a refused connection ends with its error", () => {
    using resources = new Resources();
    const { fd, address } = resources.listener();
    resources.close(fd);
    const frame = resources.connecting(address);
    const first = connect.attempt(frame);
    expect(nameOf(first === WOULD_BLOCK ? connect.attempt(frame) : first)).toBe("ECONNREFUSED");
  });

  test("a full Unix backlog is final, not a wait that nothing would end", () => {
    using resources = new Resources();
    const address = { family: "unix", path: `\0bascule-full-${process.pid}` } as const;
    const { fd } = resources.listener(address);
    listenSocket(fd, 0);
    expect(connect.attempt(resources.connecting(address))).toBe(0);
    expect(nameOf(connect.attempt(resources.connecting(address)))).toBe("EAGAIN");
  });

  test("a Unix path that is not there is ENOENT", () => {
    using resources = new Resources();
    const frame = resources.connecting({ family: "unix", path: "/nowhere/socket" });
    expect(nameOf(connect.attempt(frame))).toBe("ENOENT");
  });
});

describe("recv and send", () => {
  test("recv would block on nothing, takes what is there, and is 0 at the end", () => {
    using resources = new Resources();
    const { first, second } = resources.tcpPair();
    const memory = resources.memory();
    const receiving = frameOf({ fd: second, address: memory.address + 100, length: 50 });
    expect(recv.attempt(receiving)).toBe(WOULD_BLOCK);
    memory.bytes.set([4, 5, 6]);
    expect(send.attempt(frameOf({ fd: first, address: memory.address, length: 3 }))).toBe(3);
    expect(recv.attempt(receiving)).toBe(3);
    expect([...memory.bytes.subarray(100, 104)]).toEqual([4, 5, 6, 0]);
    expect(shutdown.attempt(frameOf({ fd: first, flags: SHUT_WR }))).toBe(0);
    expect(recvInto.attempt(receiving)).toBe(0);
  });

  test("send takes what fits, then would block until the peer reads", () => {
    using resources = new Resources();
    const { first, second } = resources.tcpPair();
    setSocketOption(second, SOL_SOCKET, SO_RCVBUF, 4096);
    const memory = resources.memory(16 << 20);
    const sending = frameOf({ fd: first, address: memory.address, length: 16 << 20 });
    const sent = send.attempt(sending);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(16 << 20);
    let result = sent;
    while (result > 0) result = send.attempt(sending);
    expect(result).toBe(WOULD_BLOCK);
  });

  test("sending to a peer that is gone is EPIPE, without a signal", () => {
    using resources = new Resources();
    const { first, second } = resources.socketPair();
    const memory = resources.memory();
    resources.close(second);
    const sending = frameOf({ fd: first, address: memory.address, length: 1 });
    expect(nameOf(send.attempt(sending))).toBe("EPIPE");
  });
});

describe("the rest", () => {
  test("poll tells the events that are there", () => {
    using resources = new Resources();
    const fd = resources.descriptor(createEventfd());
    expect(poll.attempt(frameOf({ fd, flags: POLLIN }))).toBe(WOULD_BLOCK);
    expect(poll.attempt(frameOf({ fd, flags: POLLIN | POLLOUT }))).toBe(POLLOUT);
    signalEventfd(fd);
    expect(poll.attempt(frameOf({ fd, flags: POLLIN }))).toBe(POLLIN);
  });

  test("close closes", () => {
    const pipe = createPipe();
    if (typeof pipe === "number") throw new Error("No pipe");
    for (const fd of [pipe.first, pipe.second]) {
      expect(close.attempt(frameOf({ fd }))).toBe(0);
      expect(descriptorFlags(fd)).toBe(-EBADF);
    }
  });
});
