import { expect, test } from "bun:test";
import { wrap } from "./wrap.ts";

test("wrap() leaves alone what fits", () => {
  expect(wrap("", 10)).toEqual([""]);
  expect(wrap("ten column", 10)).toEqual(["ten column"]);
});

test("wrap() breaks at a space where there is one", () => {
  expect(wrap("one two three four", 9)).toEqual(["one two", "three", "four"]);
});

test("wrap() breaks a long word anywhere", () => {
  expect(wrap("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
});

test("wrap() counts wide characters double, and keeps joined ones together", () => {
  expect(wrap("日本語日本語", 5)).toEqual(["日本", "語日", "本語"]);
  expect(wrap("a\u0301".repeat(6), 4)).toEqual(["a\u0301".repeat(4), "a\u0301".repeat(2)]);
  const family = "👩‍👩‍👧";
  expect(wrap(family.repeat(3), 4)).toEqual([family.repeat(2), family]);
});
