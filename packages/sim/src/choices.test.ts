import { expect, test } from "bun:test";
import { Choices } from "./choices.ts";

function draw(choices: Choices): number[] {
  return Array.from({ length: 50 }, (_, index) => choices.choose(2 + index));
}

test("the same seed makes the same choices, another seed others", () => {
  expect(draw(new Choices(7))).toEqual(draw(new Choices(7)));
  expect(draw(new Choices(7))).not.toEqual(draw(new Choices(8)));
});

test("every choice is below its count", () => {
  const choices = new Choices(3);
  for (let count = 1; count < 200; count++) {
    const choice = choices.choose(count);
    expect(choice >= 0 && choice < count).toBe(true);
  }
});

test("what is not prescribed is calm", () => {
  const choices = new Choices(new Map([[1, 5]]));
  expect([choices.choose(10), choices.choose(10), choices.choose(10)]).toEqual([0, 5, 0]);
  expect(choices.between(3, 9)).toBe(3);
  expect(choices.chance(0.99)).toBe(false);
});

test("a prescribed choice that is too large becomes the largest there is", () => {
  expect(new Choices(new Map([[0, 9]])).choose(3)).toBe(2);
});

test("the deviations of a run repeat it", () => {
  const first = new Choices(11);
  const drawn = draw(first);
  expect(draw(new Choices(first.deviations))).toEqual(drawn);
});

test("what cannot happen is no decision", () => {
  const choices = new Choices(1);
  expect(choices.chance(0)).toBe(false);
  expect(choices.choose(1)).toBe(0);
  expect(choices.taken).toEqual([]);
});

test("what has a probability happens about as often", () => {
  const choices = new Choices(5);
  let count = 0;
  for (let i = 0; i < 10_000; i++) if (choices.chance(0.25)) count++;
  expect(count).toBeGreaterThan(2300);
  expect(count).toBeLessThan(2700);
});
