import { expect, test } from "bun:test";
import fc from "fast-check";
import { Ring } from "./ring.ts";

test("it behaves like an array whose values are pushed and shifted, through every growth", () => {
  const steps = fc.array(fc.oneof(fc.nat(), fc.constantFrom("shift" as const, "clear" as const)), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const ring = new Ring<number>();
      const model: number[] = [];
      for (const step of all) {
        if (step === "shift") {
          expect(ring.shift()).toBe(model.shift());
        } else if (step === "clear") {
          ring.clear();
          model.length = 0;
        } else {
          ring.push(step);
          model.push(step);
        }
        expect(ring.length).toBe(model.length);
      }
    }),
  );
});

test("what was taken out is not kept", async () => {
  const ring = new Ring<object>();
  const taken = (() => {
    ring.push({ large: "message" });
    return new WeakRef(ring.shift() as object);
  })();
  while (taken.deref() !== undefined) {
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await promise;
    Bun.gc(true);
  }
  expect(ring.length).toBe(0);
}, 5000);
