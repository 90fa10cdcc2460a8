import { expect, test } from "bun:test";
import fc from "fast-check";
import { jobQueueWords, SharedJobQueue } from "./job-queue.ts";

function queueOf(capacity: number, start: number = 0): SharedJobQueue {
  const words = new Int32Array(new SharedArrayBuffer(jobQueueWords(capacity) * 4));
  const queue = new SharedJobQueue(words, capacity);
  queue.initialize();
  if (start !== 0) {
    // Positions that are about to wrap, as after four billion jobs.
    words[0] = words[1] = start;
    for (let cell = 0; cell < capacity; cell++) {
      words[2 + 2 * ((start + cell) & (capacity - 1))] = start + cell;
    }
  }
  return queue;
}

test("jobs come out in the order they went in, and no more fit than there is room for", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 0x7ffffff8, -4),
      fc.array(fc.boolean(), { maxLength: 200 }),
      (start, steps) => {
        const queue = queueOf(8, start);
        const model: number[] = [];
        for (const [job, pushes] of steps.entries()) {
          if (pushes) {
            expect(queue.push(job)).toBe(model.length < 8);
            if (model.length < 8) model.push(job);
          } else expect(queue.take()).toBe(model.shift() ?? -1);
          expect(queue.length).toBe(model.length);
          expect(queue.isEmpty).toBe(model.length === 0);
        }
      },
    ),
  );
});
