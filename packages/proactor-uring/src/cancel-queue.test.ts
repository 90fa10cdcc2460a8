import { expect, test } from "bun:test";
import { CancelQueue, cancelledSlot, isCancel } from "./cancel-queue.ts";
import type { SubmissionQueue } from "./submission-queue.ts";

test("a cancel's completion names the slot that the cancel was for", () => {
  const claimed: [number, number][] = [];
  const submission = {
    entries: new Int32Array(64),
    get isFull() {
      return claimed.length === 3;
    },
    claim(low: number, high: number) {
      claimed.push([low, high]);
      return 0;
    },
  } as unknown as SubmissionQueue;
  const queue = new CancelQueue();
  for (const slot of [0, 1, 4095, 7]) queue.push(slot, slot + 10);
  queue.writeTo(submission);
  expect(claimed.map(([low, high]) => [isCancel(low), cancelledSlot(low), high])).toEqual([
    [true, 0, 10],
    [true, 1, 11],
    [true, 4095, 4105],
  ]);
  expect(queue.isEmpty).toBe(false);
  claimed.length = 0;
  queue.writeTo(submission);
  expect([cancelledSlot(claimed[0]?.[0] ?? 0), queue.isEmpty]).toEqual([7, true]);
});
