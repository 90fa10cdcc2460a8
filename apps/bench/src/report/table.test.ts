import { expect, test } from "bun:test";
import { formatCount, formatDecimal, formatShort, renderTable } from "./table.ts";

test("columns are as wide as their widest cell and stand on their side", () => {
  const columns = [
    { heading: "who", align: "left" },
    { heading: "n", align: "right" },
  ] as const;
  const table = renderTable(columns, [
    ["Bun.listen", "7"],
    ["x", "1,000"],
  ]);
  expect(table.split("\n")).toEqual([
    "who             n",
    "----------  -----",
    "Bun.listen      7",
    "x           1,000",
  ]);
});

test("a missing cell is empty", () => {
  expect(renderTable([{ heading: "a", align: "left" }], [[]])).toBe("a\n-\n");
});

test("numbers are written for people, and a missing one is a dash", () => {
  expect(formatCount(1234567.4)).toBe("1,234,567");
  expect(formatCount(Number.NaN)).toBe("-");
  expect(formatDecimal(1.005, 1)).toBe("1.0");
  expect(formatDecimal(Number.NaN, 1)).toBe("-");
  expect([950, 12_345, 1_240_000, Number.NaN].map(formatShort)).toEqual([
    "950",
    "12k",
    "1.24M",
    "-",
  ]);
});
