import { expect, test } from "bun:test";
import { type Talker, Talkers } from "./talkers.ts";

function people(): [Talker, Talker, Talker] {
  return [{ spokeInRound: 0 }, { spokeInRound: 0 }, { spokeInRound: 0 }];
}

function round(talkers: Talkers, ...who: Talker[]): boolean[] {
  const heard = who.map((talker) => {
    talkers.note(talker);
    return talkers.areAllHeard;
  });
  talkers.nextRound();
  return heard;
}

test("those who spoke in the last two rounds are expected, each once", () => {
  const talkers = new Talkers();
  const [ann, bob, cat] = people();
  expect(talkers.areAllHeard).toBe(true);
  expect(round(talkers, ann)).toEqual([true]);
  expect(talkers.areAllHeard).toBe(false);
  expect(round(talkers, bob, bob)).toEqual([true, true]);
  // Two who answer each other: both are waited for, and a third makes up for one.
  expect(round(talkers, ann, ann, bob)).toEqual([false, false, true]);
  expect(round(talkers, ann, cat)).toEqual([false, true]);
  expect(round(talkers, cat, bob, ann)).toEqual([false, false, true]);
});

test("nobody is waited for once two rounds went without them", () => {
  const talkers = new Talkers();
  const [ann, bob, cat] = people();
  round(talkers, ann, bob, cat);
  round(talkers, ann);
  expect(round(talkers, ann)).toEqual([false]);
  expect(round(talkers, ann)).toEqual([true]);
});
