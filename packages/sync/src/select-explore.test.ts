import { expect, test } from "bun:test";
import { explore, type Subject } from "../test/explore/explore.ts";
import type { Call, Model } from "../test/explore/model.ts";
import { programs } from "../test/explore/programs.ts";
import { channel } from "./channel.ts";
import { select } from "./select.ts";

/** A busy machine needs longer than the usual 5 s for thousands of runs. */
const TIME_LIMIT_MS = 60_000;

/** The messages of two channels, oldest first. */
interface Channels {
  readonly left: readonly number[];
  readonly right: readonly number[];
}

/** A select takes from whichever has something, and prefers the left one. */
const CHANNELS: Model<Channels> = {
  initial: { left: [], right: [] },
  apply(state, { name, argument }) {
    const { left, right } = state;
    if (name === "left") return { state: { left: [...left, argument], right }, outcome: "sent" };
    if (name === "right") return { state: { left, right: [...right, argument] }, outcome: "sent" };
    if (left.length > 0) return { state: { left: left.slice(1), right }, outcome: `${left[0]}` };
    if (right.length > 0) return { state: { left, right: right.slice(1) }, outcome: `${right[0]}` };
    return null;
  },
};

/** Branches of async functions hand on what they took only some microtasks later. */
function makeSelect(isDeep: boolean): Subject {
  const [toLeft, left] = channel<number>(4);
  const [toRight, right] = channel<number>(4);
  return {
    async perform({ name, argument }, _task, options) {
      if (name === "left") return toLeft.trySend(argument);
      if (name === "right") return toRight.trySend(argument);
      const branches = isDeep
        ? { left: async () => await left.recv(), right: async () => await right.recv() }
        : { left: () => left.recv(), right: () => right.recv() };
      return (await select(branches, { biased: true, ...options })).value;
    },
  };
}

test(
  "a select takes one message of two channels and leaves the rest, in every order",
  () => {
    const calls = {
      left: (task: number, index: number) => task * 10 + index + 1,
      right: (task: number, index: number) => 100 + task * 10 + index,
      select: () => 0,
    };
    const runs = explore(programs([2, 1, 1], calls, ["select"]), () => makeSelect(false), CHANNELS);
    expect(runs).toBeGreaterThan(1000);
  },
  TIME_LIMIT_MS,
);

test("a select between async functions takes one message, in every order", () => {
  const select: Call = { name: "select", argument: 0 };
  const tasks = [
    [select, select],
    [{ name: "left", argument: 1 }],
    [{ name: "right", argument: 2 }],
  ];
  const all = [null, { task: 0, index: 0 }, { task: 0, index: 1 }].map((aborted) => ({
    tasks,
    aborted,
  }));
  const runs = explore(all, () => makeSelect(true), CHANNELS);
  expect(runs).toBeGreaterThan(100);
});
