import { expect, test } from "bun:test";
import type { Wait } from "@bascule/core";
import fc from "fast-check";
import { WaitList } from "./wait-list.ts";

interface Noted extends Wait<unknown> {
  readonly id: number;
}

/** A wait that only notes what is done to it. */
function noted(id: number, log: string[]): Noted {
  const fail = (error: unknown): unknown => log.push(`fail ${id}: ${String(error)}`);
  return { id, fail } as unknown as Noted;
}

test("any mix of adding and removing agrees with an array", () => {
  const step = fc.record({ adds: fc.boolean(), at: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const list = new WaitList<Noted>();
      const log: string[] = [];
      const made: Noted[] = [];
      let model: Noted[] = [];
      for (const { adds, at } of steps) {
        if (adds) {
          const wait = noted(made.length, log);
          made.push(wait);
          model.push(wait);
          list.addWait(wait);
        } else {
          // May have been removed before: that is harmless.
          const victim = made[at % Math.max(1, made.length)];
          if (victim === undefined) continue;
          model = model.filter((each) => each !== victim);
          list.removeWait(victim);
        }
        expect(list.firstWait).toBe(model[0] ?? null);
        expect(list.hasWaits).toBe(model.length > 0);
      }
      list.failWaits("gone");
      expect(log).toEqual(model.map(({ id }) => `fail ${id}: gone`));
    }),
  );
});

test("failing all fails each in order, and empties the list", () => {
  const log: string[] = [];
  const list = new WaitList<Noted>();
  for (let id = 0; id < 4; id++) list.addWait(noted(id, log));
  list.failWaits("gone");
  expect(log).toEqual([0, 1, 2, 3].map((id) => `fail ${id}: gone`));
  expect([list.firstWait, list.hasWaits]).toEqual([null, false]);
  list.failWaits("again");
  expect(log.length).toBe(4);
});

test("a wait that leaves because it failed is not missed or failed twice", () => {
  const log: string[] = [];
  const list = new WaitList<Noted>();
  const waits = [0, 1, 2].map((id) => noted(id, log));
  for (const wait of waits) {
    const { fail } = wait;
    wait.fail = (error: unknown): void => {
      fail(error);
      list.removeWait(wait);
    };
    list.addWait(wait);
  }
  list.failWaits("gone");
  expect(log).toEqual([0, 1, 2].map((id) => `fail ${id}: gone`));
});
