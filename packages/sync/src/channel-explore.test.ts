import { expect, test } from "bun:test";
import { explore, type Subject } from "../test/explore/explore.ts";
import type { Model } from "../test/explore/model.ts";
import { programs } from "../test/explore/programs.ts";
import { channel } from "./channel.ts";

/** A busy machine needs longer than the usual 5 s for thousands of runs. */
const TIME_LIMIT_MS = 60_000;

interface Channel {
  readonly messages: readonly number[];
  readonly isClosed: boolean;
}

/** A queue that holds so many messages, and may be closed by its receiver. */
function channelModel(capacity: number): Model<Channel> {
  return {
    initial: { messages: [], isClosed: false },
    apply(state, { name, argument }) {
      const { messages, isClosed } = state;
      if (name === "close") return { state: { messages, isClosed: true }, outcome: "undefined" };
      if (name === "send") {
        if (isClosed) return { state, outcome: "ChannelClosedError" };
        if (messages.length >= capacity) return null;
        return { state: { messages: [...messages, argument], isClosed }, outcome: "undefined" };
      }
      const [first, ...rest] = messages;
      if (first === undefined) return isClosed ? { state, outcome: "undefined" } : null;
      return { state: { messages: rest, isClosed }, outcome: String(first) };
    },
  };
}

function makeChannel(capacity: number): Subject {
  const [sender, receiver] = channel<number>(capacity);
  return {
    perform({ name, argument }, _task, options) {
      if (name === "send") return sender.send(argument, options);
      return name === "recv" ? receiver.recv(options) : receiver.close();
    },
  };
}

const CALLS = {
  send: (task: number, index: number) => task * 10 + index + 1,
  recv: () => 0,
};
const WAITING = ["send", "recv"];

test.each([1, 2])(
  "a channel of %d behaves as a queue, whoever comes and gives up when",
  (capacity) => {
    const runs = explore(
      programs(capacity === 1 ? [2, 2, 1] : [3, 1, 1], CALLS, WAITING),
      () => makeChannel(capacity),
      channelModel(capacity),
    );
    expect(runs).toBeGreaterThan(1000);
  },
  TIME_LIMIT_MS,
);

test(
  "a channel that is closed in between tells everybody, and loses nothing",
  () => {
    const calls = { ...CALLS, close: () => 0 };
    const runs = explore(
      programs([2, 1, 1], calls, WAITING),
      () => makeChannel(1),
      channelModel(1),
    );
    expect(runs).toBeGreaterThan(1000);
  },
  TIME_LIMIT_MS,
);
