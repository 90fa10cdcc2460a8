import { expect, test } from "bun:test";
import { explore, type Subject } from "../test/explore/explore.ts";
import type { Model } from "../test/explore/model.ts";
import { programs } from "../test/explore/programs.ts";
import { Notify } from "./notify.ts";
import { oneshot } from "./oneshot.ts";
import { watch } from "./watch.ts";

/** A busy machine needs longer than the usual 5 s for thousands of runs. */
const TIME_LIMIT_MS = 60_000;

interface Notified {
  readonly isKept: boolean;
  /** Notifications that have woken nobody and are not kept: they came on top of one. */
  readonly merged: number;
}

const NOTIFY: Model<Notified> = {
  initial: { isKept: false, merged: 0 },
  apply({ isKept, merged }, { name }) {
    if (name === "notifyOne") {
      return { state: { isKept: true, merged: merged + (isKept ? 1 : 0) }, outcome: "undefined" };
    }
    return isKept ? { state: { isKept: false, merged }, outcome: "undefined" } : null;
  },
  // It may have been woken by one of two, and hands that on after the other has woken somebody.
  abandon(state) {
    const { isKept, merged } = state;
    return isKept || merged === 0 ? [state] : [state, { isKept: true, merged: merged - 1 }];
  },
};

test(
  "a notification wakes one task or is kept, whoever comes and gives up when",
  () => {
    const make = (): Subject => {
      const notify = new Notify();
      return {
        perform: ({ name }, _task, options) =>
          name === "notifyOne" ? notify.notifyOne() : notify.notified(options),
      };
    };
    const calls = { notifyOne: () => 0, notified: () => 0 };
    const runs = explore(programs([2, 2, 1], calls, ["notified"]), make, NOTIFY);
    expect(runs).toBeGreaterThan(1000);
  },
  TIME_LIMIT_MS,
);

/** The newest of the values, and how many changes each task has seen. */
interface Watched {
  readonly changes: number;
  readonly isClosed: boolean;
  readonly seen: Readonly<globalThis.Record<number, number>>;
}

const WATCH: Model<Watched> = {
  initial: { changes: 0, isClosed: false, seen: {} },
  apply(state, { name }, task) {
    const { changes, isClosed, seen } = state;
    if (name === "close") return { state: { ...state, isClosed: true }, outcome: "undefined" };
    if (name === "send") {
      if (isClosed) return { state, outcome: "ChannelClosedError" };
      return { state: { ...state, changes: changes + 1 }, outcome: "undefined" };
    }
    if (changes > (seen[task] ?? 0)) {
      return { state: { ...state, seen: { ...seen, [task]: changes } }, outcome: "true" };
    }
    return isClosed ? { state, outcome: "false" } : null;
  },
};

test(
  "a watch tells each task of the newest change once, whoever comes and gives up when",
  () => {
    const make = (): Subject => {
      const sender = watch(0);
      const receivers = [0, 1, 2].map(() => sender.subscribe());
      return {
        perform({ name, argument }, task, options) {
          if (name === "changed") return receivers[task]?.changed(options);
          return name === "send" ? sender.send(argument) : sender.close();
        },
      };
    };
    const calls = { send: () => 1, changed: () => 0, close: () => 0 };
    const runs = explore(programs([2, 1, 1], calls, ["changed"]), make, WATCH);
    expect(runs).toBeGreaterThan(1000);
  },
  TIME_LIMIT_MS,
);

/** Open until it has a value, is closed, or the receiver has given up. */
type Oneshot = "open" | "closed" | number;

const ONESHOT: Model<Oneshot> = {
  initial: "open",
  apply(state, { name, argument }) {
    if (name === "receive") {
      if (state === "open") return null;
      return { state, outcome: state === "closed" ? "ChannelClosedError" : String(state) };
    }
    const next = name === "close" ? "closed" : argument;
    const outcome = name === "close" ? "undefined" : String(state === "open");
    return { state: state === "open" ? next : state, outcome };
  },
  abandon: (state) => [state === "open" ? "closed" : state],
};

test("a oneshot gives the first value or the close, whoever comes and gives up when", () => {
  const make = (): Subject => {
    const controller = new AbortController();
    const [sender, value] = oneshot<number>({ signal: controller.signal });
    return {
      perform({ name, argument }, _task, options) {
        if (name === "send") return sender.send(argument);
        if (name === "close") return sender.close();
        options?.signal?.addEventListener("abort", () =>
          controller.abort(options.signal?.reason as unknown),
        );
        return value;
      },
    };
  };
  const sending = programs([1, 1], { send: (task) => task + 1, close: () => 0 }, []);
  const all = [...sending].flatMap(({ tasks }) => {
    const receiving = [...tasks, [{ name: "receive", argument: 0 }]];
    return [null, { task: 2, index: 0 }].map((aborted) => ({ tasks: receiving, aborted }));
  });
  expect(explore(all, make, ONESHOT)).toBeGreaterThan(50);
});
