import { expect, test } from "bun:test";
import { describeThrown } from "./describe.ts";

test("an error is its name and message, anything else itself", () => {
  expect(describeThrown(new TypeError("it broke"))).toBe("TypeError: it broke");
  expect(describeThrown(new Error())).toBe("Error");
  expect(describeThrown("a text")).toBe("a text");
  expect(describeThrown(undefined)).toBe("undefined");
});

test("what an error stands for is told, however deep", () => {
  const suppressed = new SuppressedError(new Error("close failed"), new Error("it broke"));
  expect(describeThrown(suppressed)).toBe(
    "SuppressedError (Error: close failed, which suppressed Error: it broke)",
  );
  const several = new AggregateError([suppressed, new RangeError("two")], "both failed");
  expect(describeThrown(several)).toBe(
    `AggregateError: both failed (${describeThrown(suppressed)}; RangeError: two)`,
  );
});

test("an error that contains itself, and one of thousands, stay short", () => {
  const circular = new AggregateError([]);
  circular.errors.push(circular);
  expect(describeThrown(circular).length).toBeLessThan(100);
  const many = new AggregateError(Array.from({ length: 1000 }, (_, i) => new Error(`${i}`)));
  expect(describeThrown(many)).toEndWith("Error: 7; and 992 more)");
});
