import { expect, test } from "bun:test";
import { idleTitle } from "./measure-idle.ts";

test("the table says that it is of three rounds, however many were asked for", () => {
  const title = "idle, echo servers with 10,000 idle connections";
  expect(idleTitle(10_000, 3)).toBe(`${title}; medians of at most 3 rounds`);
  expect(idleTitle(10_000, 1)).toBe(title);
});
