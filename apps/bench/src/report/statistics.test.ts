import { expect, test } from "bun:test";
import { median, pairedRatio, spreadOf } from "./statistics.ts";

test("the median of an odd number is the middle value, whatever the order", () => {
  expect(median([30, 10, 20])).toBe(20);
});

test("the median of an even number is between the two in the middle", () => {
  expect(median([1, 100, 3, 2])).toBe(2.5);
});

test("the median of nothing is not a number", () => {
  expect(median([])).toBeNaN();
});

test("a spread holds the least and the greatest round", () => {
  expect(spreadOf([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
});

test("ratios are paired by round, so that a slow machine slows both sides of one ratio", () => {
  const base = [100, 10, 100];
  expect(pairedRatio([200, 20, 200], base)).toBe(2);
  expect(pairedRatio([200, 20], base)).toBe(2);
});

test("a round that one side lacks is left out of the ratio, and moves no other", () => {
  expect(pairedRatio([null, 20, 300], [100, 10, 100])).toBe(2.5);
  expect(pairedRatio([200, 20, 200], [100, null, 100])).toBe(2);
});
