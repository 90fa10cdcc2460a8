import { expect, test } from "bun:test";
import { eventually } from "./eventually.ts";

test("what is so already is not waited for", async () => {
  expect(await eventually(() => true, 0)).toBe(true);
});

test("what becomes so in a later turn of the loop is seen", async () => {
  let isSo = false;
  setImmediate(() => setImmediate(() => (isSo = true)));
  expect(await eventually(() => isSo, 5000)).toBe(true);
});

test("what never is so is given up on", async () => {
  let looks = 0;
  expect(await eventually(() => ++looks < 0, 1)).toBe(false);
  expect(looks).toBeGreaterThan(0);
});

test("a loop that has hardly turned is waited for, also when the time is over", async () => {
  let looks = 0;
  expect(await eventually(() => ++looks === 10, -1)).toBe(true);
});
