import { expect, test } from "bun:test";
import { type Choices, enumerate } from "./choices.ts";

/** Every order of some names. */
function ordersOf(names: readonly string[]): string[] {
  const orders: string[] = [];
  enumerate((choices) => {
    const left = [...names];
    const order: string[] = [];
    while (left.length > 0) order.push(...left.splice(choices.among(left), 1));
    orders.push(order.join(""));
  });
  return orders;
}

test("every sequence of decisions is taken exactly once", () => {
  expect(ordersOf(["a", "b", "c"])).toEqual(["abc", "acb", "bac", "bca", "cab", "cba"]);
  expect(new Set(ordersOf(["a", "b", "c", "d", "e"])).size).toBe(120);
});

test("a decision may depend on those before it", () => {
  const count = enumerate((choices) => {
    if (choices.among(["short", "long"]) === 1) choices.among(["x", "y", "z"]);
  });
  expect(count).toBe(4);
});

test("a failure tells what happened", () => {
  const run = (choices: Choices): void => {
    if (choices.among(["send", "close"]) === 1 && choices.among(["ends", "hangs"]) === 1) {
      throw new Error("it hung");
    }
  };
  expect(() => enumerate(run)).toThrow("Execution 2: close → hangs: Error: it hung");
});
