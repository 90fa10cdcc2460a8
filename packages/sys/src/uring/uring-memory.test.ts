import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { openDescriptors, openedSince } from "../../test/descriptors.ts";
import { frameOf, nameOf } from "../../test/sockets.ts";
import { skipWithoutRing, TestRing } from "../../test/ring.ts";
import { ETIME } from "../errno.ts";
import { nop } from "../operations/nop.ts";
import { highWord, fromWords, lowWord } from "../words.ts";
import { IORING_FEAT_EXT_ARG, IORING_FEAT_NODROP } from "./constants.ts";
import { CQE_WORDS, SQE_WORDS } from "./entry.ts";
import { UringMemory } from "./uring-memory.ts";

function ringMappings(): number {
  return readFileSync("/proc/self/maps", "latin1").split("anon_inode:[io_uring]").length - 1;
}

describe.skipIf(skipWithoutRing())("a ring", () => {
  test("has the sizes asked for and the features of a current kernel", () => {
    using ring = new TestRing();
    const { memory } = ring;
    expect([memory.sqEntries, memory.cqEntries]).toEqual([16, 64]);
    expect([memory.sqMask, memory.cqMask]).toEqual([15, 63]);
    expect(memory.sqes.length).toBe(16 * SQE_WORDS);
    expect(memory.cqes.length).toBe(64 * CQE_WORDS);
    expect(memory.features & IORING_FEAT_EXT_ARG).not.toBe(0);
    expect(memory.features & IORING_FEAT_NODROP).not.toBe(0);
  });

  test("without a completion size has twice as many completions as entries", () => {
    const memory = UringMemory.setup({ entries: 8 });
    if (typeof memory === "number") throw new Error(nameOf(memory));
    expect([memory.sqEntries, memory.cqEntries]).toEqual([8, 16]);
    memory.close();
  });

  test("goes round its queues many times, with the plain and the registered descriptor", () => {
    using ring = new TestRing();
    for (let round = 0; round < 500; round++) {
      if (round === 250) expect(ring.memory.registerDescriptor()).toBe(1);
      ring.submit(nop, frameOf({}), round);
      expect(ring.next()).toEqual({ userData: round, result: 0, flags: 0 });
    }
    const { ring: words, sqDroppedWord, cqOverflowWord } = ring.memory;
    expect([words[sqDroppedWord], words[cqOverflowWord]]).toEqual([0, 0]);
  });

  test("a wait ends after its time, a fraction of a millisecond too", () => {
    using ring = new TestRing();
    for (const timeoutMs of [0.2, 2]) {
      const started = performance.now();
      expect(ring.memory.enterTimeout(0, 1, 0, timeoutMs)).toBe(-ETIME);
      expect(performance.now() - started).toBeGreaterThanOrEqual(timeoutMs);
    }
  });

  test("closing gives back its descriptor and its memory, registered or not", () => {
    const descriptors = openDescriptors();
    const mappings = ringMappings();
    for (let round = 0; round < 40; round++) {
      const { memory } = new TestRing();
      if (round % 2 === 0) expect(memory.registerDescriptor()).toBe(1);
      expect(ringMappings()).toBe(mappings + 2);
      memory.close();
      expect([memory.sqes.length, memory.cqes.length, memory.ring.length]).toEqual([0, 0, 0]);
    }
    expect(openedSince(descriptors)).toEqual([]);
    expect(ringMappings()).toBe(mappings);
  });

  test("set-up with an unknown flag or no entries is EINVAL and leaks nothing", () => {
    const descriptors = openDescriptors();
    expect(nameOf(UringMemory.setup({ entries: 4, flags: 1 << 30 }))).toBe("EINVAL");
    expect(nameOf(UringMemory.setup({ entries: 0 }))).toBe("EINVAL");
    expect(openedSince(descriptors)).toEqual([]);
  });
});

test("words take numbers apart and put them together", () => {
  for (const value of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 0x7fff_1234_5678, 2 ** 53 - 1]) {
    expect(fromWords(lowWord(value), highWord(value))).toBe(value);
    expect([lowWord(value) | 0, highWord(value) | 0]).toEqual([lowWord(value), highWord(value)]);
  }
});
