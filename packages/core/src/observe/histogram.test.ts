import { expect, test } from "bun:test";
import { Histogram } from "./histogram.ts";

test("a duration is counted in the first bucket whose bound it does not exceed", () => {
  const histogram = new Histogram();
  for (const micros of [0, 1, 1.5, 2, 3, 4, 1024, 1025, 1e9]) histogram.record(micros / 1000);
  const { boundsMs, counts, sumMs } = histogram.snapshot();
  const filled = counts.flatMap((count, index) => (count > 0 ? [[boundsMs[index], count]] : []));
  expect(filled).toEqual([
    [0.001, 2],
    [0.002, 2],
    [0.004, 2],
    [1.024, 1],
    [2.048, 1],
    [undefined, 1],
  ]);
  expect(counts).toHaveLength(boundsMs.length + 1);
  expect(sumMs).toBeCloseTo(1_000_002.0605, 6);
});
