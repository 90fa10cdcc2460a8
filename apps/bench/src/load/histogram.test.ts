import { expect, test } from "bun:test";
import { Histogram } from "./histogram.ts";

test("every value is found again within 1.6 %", () => {
  for (let value = 1; value < 0xffffffff; value = Math.ceil(value * 1.37)) {
    const histogram = new Histogram();
    histogram.record(value);
    expect(Math.abs(histogram.quantile(0.5) - value) / value).toBeLessThanOrEqual(0.016);
  }
});

test("quantiles of a thousand values", () => {
  const histogram = new Histogram();
  for (let value = 1; value <= 1000; value++) histogram.record(value * 1000);
  expect(histogram.count).toBe(1000);
  expect(histogram.quantile(0.5) / 1000).toBeCloseTo(500, -1);
  expect(histogram.quantile(0.99) / 1000).toBeCloseTo(990, -1.2);
  expect(histogram.quantile(1) / 1000).toBeCloseTo(1000, -1.2);
});

test("what is too large or negative is counted at the ends", () => {
  const histogram = new Histogram();
  histogram.record(-5);
  histogram.record(1e12);
  expect(histogram.quantile(0)).toBe(0);
  expect(histogram.quantile(1)).toBeGreaterThan(4.2e9);
});

test("an empty histogram has no quantiles, and clearing empties it", () => {
  const histogram = new Histogram();
  histogram.record(7);
  histogram.clear();
  expect(histogram.count).toBe(0);
  expect(histogram.quantile(0.5)).toBeNaN();
});
