import { describe, expect, test } from "bun:test";
import { skipWithoutRing, TestRing } from "../../test/ring.ts";
import { expectSuccess, frameOf, nameOf, Resources } from "../../test/sockets.ts";
import { ECANCELED } from "../errno.ts";
import { createEventfd, drainCounter } from "../eventfd.ts";
import { nop } from "../operations/nop.ts";
import { pollOnce, POLLIN } from "../operations/poll.ts";
import { IORING_CQ_EVENTFD_DISABLED } from "./constants.ts";
import {
  IORING_ASYNC_CANCEL_ANY,
  IORING_ASYNC_CANCEL_FD,
  IORING_OP_ACCEPT,
  IORING_OP_NOP,
  IORING_OP_RECV,
  IORING_OP_SEND_ZC,
} from "./opcodes.ts";
import {
  cancelSynchronously,
  limitWorkers,
  probeOpcodes,
  registerEventfd,
  unregisterEventfd,
} from "./register.ts";

describe.skipIf(skipWithoutRing())("registrations of a ring", () => {
  test("the probe knows the opcodes that drivers need, and none that do not exist", () => {
    using ring = new TestRing();
    const supported = expectSuccess(probeOpcodes(ring.memory));
    for (const opcode of [IORING_OP_NOP, IORING_OP_ACCEPT, IORING_OP_RECV, IORING_OP_SEND_ZC]) {
      expect(supported[opcode]).toBe(1);
    }
    expect(supported[255]).toBe(0);
  });

  test("an eventfd is signalled for a completion, unless that is switched off in the ring", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const { memory } = ring;
    const eventFd = resources.descriptor(createEventfd());
    expect(registerEventfd(memory, eventFd)).toBe(0);
    ring.submit(nop, frameOf({}), 1);
    ring.next();
    expect(drainCounter(eventFd)).toBe(8);
    Atomics.store(memory.ring, memory.cqFlagsWord, IORING_CQ_EVENTFD_DISABLED);
    ring.submit(nop, frameOf({}), 2);
    ring.next();
    expect(nameOf(drainCounter(eventFd))).toBe("EAGAIN");
    expect(unregisterEventfd(memory)).toBe(0);
    expect(nameOf(unregisterEventfd(memory))).toBe("ENXIO");
  });

  test("a synchronous cancel has the request let go before it returns", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const fd = resources.descriptor(createEventfd());
    ring.submit(pollOnce, frameOf({ fd, flags: POLLIN }), 77);
    expect(cancelSynchronously(ring.memory, { userDataLow: 77 })).toBeGreaterThanOrEqual(0);
    expect(ring.next()).toEqual({ userData: 77, result: -ECANCELED, flags: 0 });
    expect(nameOf(cancelSynchronously(ring.memory, { userDataLow: 77 }, 10))).toBe("ENOENT");
  });

  test("a synchronous cancel finds requests by descriptor, and any of them", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const fd = resources.descriptor(createEventfd());
    for (const flags of [IORING_ASYNC_CANCEL_FD, IORING_ASYNC_CANCEL_ANY]) {
      ring.submit(pollOnce, frameOf({ fd, flags: POLLIN }), flags);
      expect(cancelSynchronously(ring.memory, { fd, flags }, 1000)).toBeGreaterThanOrEqual(0);
      expect(ring.next()).toEqual({ userData: flags, result: -ECANCELED, flags: 0 });
    }
  });

  test("the kernel's worker threads are capped", () => {
    using ring = new TestRing();
    expect(limitWorkers(ring.memory, 1, 2)).toBe(0);
  });
});
