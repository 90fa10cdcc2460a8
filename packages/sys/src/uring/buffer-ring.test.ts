import { describe, expect, test } from "bun:test";
import { skipWithoutRing, TestRing } from "../../test/ring.ts";
import { expectSuccess, frameOf, nameOf, Resources } from "../../test/sockets.ts";
import { recvOnce } from "../operations/recv.ts";
import { send } from "../operations/send.ts";
import { BufferRing } from "./buffer-ring.ts";
import { IORING_CQE_BUFFER_SHIFT } from "./constants.ts";

const GROUP = 3;

describe.skipIf(skipWithoutRing())("a group of buffers", () => {
  test("gives its buffers out in the order they were added, round and round", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const { first, second } = resources.socketPair();
    const memory = resources.memory();
    const options = { group: GROUP, count: 4, bufferBytes: 64 };
    const buffers = expectSuccess(BufferRing.register(ring.memory, options));
    expect([buffers.count, buffers.bytes.length]).toEqual([4, 256]);
    const sending = frameOf({ fd: first, address: memory.address, length: 8 });
    const receiving = frameOf({ fd: second, offset: GROUP, length: 64 });
    // More rounds than the 16-bit tail can count, so that it wraps.
    for (let round = 0; round < 70_000; round++) {
      const id = (round * 3) & 3;
      buffers.add(id);
      buffers.publish();
      memory.bytes[0] = round;
      send.attempt(sending);
      ring.submit(recvOnce, receiving, round);
      const { result, flags } = ring.next();
      const byte = buffers.bytes[id * 64];
      if (result !== 8 || flags >>> IORING_CQE_BUFFER_SHIFT !== id || byte !== (round & 255)) {
        throw new Error(`Round ${round}: result ${result}, flags ${flags}, byte ${byte}`);
      }
    }
    expect(buffers.close()).toBe(0);
    expect(buffers.bytes.length).toBe(0);
  });

  test("an empty group is ENOBUFS", () => {
    using resources = new Resources();
    using ring = new TestRing();
    const { first, second } = resources.socketPair();
    const memory = resources.memory();
    const options = { group: GROUP, count: 1, bufferBytes: 64 };
    const buffers = expectSuccess(BufferRing.register(ring.memory, options));
    send.attempt(frameOf({ fd: first, address: memory.address, length: 8 }));
    ring.submit(recvOnce, frameOf({ fd: second, offset: GROUP, length: 64 }), 1);
    expect(nameOf(ring.next().result)).toBe("ENOBUFS");
    expect(buffers.close()).toBe(0);
  });

  test("a group's number is used once, and is free again after closing", () => {
    using ring = new TestRing();
    const options = { group: GROUP, count: 2, bufferBytes: 64 };
    const buffers = expectSuccess(BufferRing.register(ring.memory, options));
    expect(nameOf(BufferRing.register(ring.memory, options))).toBe("EEXIST");
    expect(buffers.close()).toBe(0);
    expect(expectSuccess(BufferRing.register(ring.memory, options)).close()).toBe(0);
  });

  test("a count that is no power of two, and buffers of no size, are refused", () => {
    using ring = new TestRing();
    for (const count of [0, 3, -2, 1.5, 65536]) {
      const options = { group: GROUP, count, bufferBytes: 64 };
      expect(() => BufferRing.register(ring.memory, options)).toThrow(RangeError);
    }
    const empty = { group: GROUP, count: 2, bufferBytes: 0 };
    expect(() => BufferRing.register(ring.memory, empty)).toThrow(RangeError);
  });
});
