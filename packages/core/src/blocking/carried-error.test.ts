import { expect, test } from "bun:test";
import { type CarriedError, packError, unpackError } from "./carried-error.ts";

/** As between two threads. */
function carry(thrown: unknown): unknown {
  const carried: CarriedError = structuredClone(packError(thrown));
  return unpackError(carried);
}

test("class, message, stack and properties arrive", () => {
  const error = Object.assign(new TypeError("wrong"), { code: "E_WRONG", path: "/x", at: [1] });
  const arrived = carry(error) as typeof error;
  expect(arrived).toBeInstanceOf(TypeError);
  expect(arrived).toMatchObject({ message: "wrong", code: "E_WRONG", path: "/x", at: [1] });
  expect(arrived.stack).toBe(error.stack);
  expect(Object.keys(arrived)).toEqual(["code", "path", "at"]);
});

test("a name of its own arrives, and what cannot be cloned stays behind", () => {
  class OwnError extends Error {
    override readonly name: string = "OwnError";
    readonly retry: () => void = () => undefined;
  }
  const arrived = carry(new OwnError("mine")) as Error;
  expect(String(arrived)).toBe("OwnError: mine");
  expect("retry" in arrived).toBe(false);
});

test("what is thrown and has neither words nor a clone arrives as its kind", () => {
  expect(carry(Object.assign(Object.create(null), { run() {} }))).toBe("[object Object]");
});

test("causes and collected errors arrive", () => {
  const error = new AggregateError([new RangeError("one"), "two"], "both", {
    cause: new Error("deep", { cause: 3 }),
  });
  const arrived = carry(error) as AggregateError & { cause: Error };
  expect(arrived).toBeInstanceOf(AggregateError);
  expect(arrived.errors.map(String)).toEqual(["RangeError: one", "two"]);
  expect([arrived.cause.message, arrived.cause.cause]).toEqual(["deep", 3]);
});

test("errors that cause each other are cut off", () => {
  const one = new Error("one");
  one.cause = new Error("two", { cause: one });
  let depth = 0;
  for (let error: unknown = carry(one); error instanceof Error; error = error.cause) depth++;
  expect(depth).toBe(9);
});

test("a value that is no error arrives, as text when it cannot be cloned", () => {
  expect(carry({ no: "error" })).toEqual({ no: "error" });
  expect(carry(Symbol("thrown"))).toBe("Symbol(thrown)");
});
