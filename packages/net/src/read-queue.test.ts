import { expect, test } from "bun:test";
import type { Wait } from "@bascule/core";
import fc from "fast-check";
import { ReadQueue } from "./read-queue.ts";

test("readers have their turn in the order in which they came, whoever leaves", () => {
  const step = fc.record({ comes: fc.boolean(), at: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new ReadQueue();
      const failed: unknown[] = [];
      const made: Wait<unknown>[] = [];
      let model: Wait<unknown>[] = [];
      for (const { comes, at } of steps) {
        if (comes) {
          const reader = { fail: () => failed.push(reader) } as unknown as Wait<unknown>;
          made.push(reader);
          model.push(reader);
          queue.addReader(reader);
        } else {
          // May have left before: that is harmless.
          const leaver = made[at % Math.max(1, made.length)];
          if (leaver === undefined) continue;
          model = model.filter((each) => each !== leaver);
          queue.removeReader(leaver);
        }
        expect(queue.firstReader).toBe(model[0] ?? null);
      }
      queue.failReaders("gone");
      expect([queue.firstReader, ...failed]).toEqual([null, ...model]);
    }),
  );
});
