// That the explorer finds what it is there to find: each of these has one of the faults that a
// primitive may have.
import { expect, test } from "bun:test";
import { suspend, type Waker, yieldNow } from "@bascule/core";
import { Choices } from "../test/explore/choices.ts";
import { explore, type Subject } from "../test/explore/explore.ts";
import type { Model } from "../test/explore/model.ts";
import { programs } from "../test/explore/programs.ts";

/** A busy machine needs longer than the usual 5 s for thousands of runs. */
const TIME_LIMIT_MS = 60_000;

const CALLS = { put: (task: number, index: number) => task * 10 + index + 1, take: () => 0 };

const QUEUE: Model<readonly number[]> = {
  initial: [],
  apply(state, { name, argument }) {
    if (name === "put") return { state: [...state, argument], outcome: "undefined" };
    const [first, ...rest] = state;
    return first === undefined ? null : { state: rest, outcome: String(first) };
  },
};

/** A queue with waiting takers, right but for what the options leave out. */
function makeQueue(faults: { passOn?: boolean; inOrder?: boolean }): Subject {
  const messages: number[] = [];
  const wakers: Waker[] = [];
  return {
    async perform({ name, argument }, _task, options) {
      if (name === "put") {
        if (faults.inOrder === false) messages.unshift(argument);
        else messages.push(argument);
        wakers.shift()?.wake();
        return undefined;
      }
      while (messages.length === 0) {
        await suspend((waker) => {
          wakers.push(waker);
          return () => {
            const at = wakers.indexOf(waker);
            if (at >= 0) wakers.splice(at, 1);
            else if (faults.passOn !== false && messages.length > 0) wakers.shift()?.wake();
          };
        }, options);
      }
      return messages.shift();
    },
  };
}

test("every path through a tree of choices is taken once", () => {
  const choices = new Choices();
  const paths: string[] = [];
  do {
    const first = choices.choose(3);
    paths.push([first, ...Array.from({ length: first }, () => choices.choose(2))].join(""));
  } while (choices.advance());
  expect(paths).toEqual(["0", "10", "11", "200", "201", "210", "211"]);
});

test(
  "a queue without a fault is found to be one",
  () => {
    const runs = explore(programs([2, 1, 1], CALLS, ["take"]), () => makeQueue({}), QUEUE);
    expect(runs).toBeGreaterThan(1000);
  },
  TIME_LIMIT_MS,
);

test("the wrong order is found", () => {
  const find = (): number =>
    explore(programs([2, 1], CALLS, []), () => makeQueue({ inOrder: false }), QUEUE);
  expect(find).toThrow(/^No order of the calls explains what they gave, polled in the order \d+:/);
});

test("a wake-up that an abort takes along is found", () => {
  const find = (): number =>
    explore(programs([2, 1, 1], CALLS, ["take"]), () => makeQueue({ passOn: false }), QUEUE);
  expect(find).toThrow(/aborted, polled in the order \d+:[^]+take\(0\) = waits/);
});

test("two tasks that have the same lock are found", () => {
  let isLocked = false;
  const lock = async (): Promise<string> => {
    while (isLocked) await yieldNow();
    await yieldNow();
    isLocked = true;
    return "held";
  };
  const model: Model<boolean> = {
    initial: false,
    apply: (state) => (state ? null : { state: true, outcome: "held" }),
  };
  const make = (): Subject => {
    isLocked = false;
    return { perform: lock };
  };
  const find = (): number => explore(programs([1, 1], { lock: () => 0 }, []), make, model);
  expect(find).toThrow("No order of the calls explains what they gave");
});
