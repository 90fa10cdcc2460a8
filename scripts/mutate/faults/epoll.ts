import { type Fault, faultsIn } from "../fault.ts";

/** The epoll driver. */
export const epollFaults: readonly Fault[] = [
  ...faultsIn(
    "packages/reactor-epoll/src/interest-table.ts",
    ["epoll"],
    [
      [
        "a late event reaches the next owner of the number",
        "return interest?.generation === generation ? interest : null;",
        "return interest ?? null;",
      ],
      [
        "a number that was closed keeps its generation",
        "interest.generation = (interest.generation + 1) | 0;",
        "",
      ],
      ["a number that was closed counts as registered", "interest.registered = 0;", ""],
      ["a number that was closed is not read at first", "interest.readLane.ready = true;", ""],
      ["a number that was closed is not written at first", "interest.writeLane.ready = true;", ""],

      ["a known open file is not registered anew", "if (result === -EEXIST)", "if (result === 1)"],
      [
        "a descriptor may be closed while operations wait for it",
        "if (interest.readLane.head !== null || interest.writeLane.head !== null) {",
        "if (interest.registered < 0) {",
      ],
    ],
  ),
  ...faultsIn(
    "packages/reactor-epoll/src/attempt-queue.ts",
    ["epoll", "behaviours epoll"],
    [
      [
        "a short read of a terminal or of inotify is taken for the last",
        "kind !== read && isShort(operation, result)",
        "isShort(operation, result)",
      ],
      [
        "an edge that came before the operation is forgotten",
        "lane.ready = true; if (lane.head !== null && lane.list === null) " +
          "this.#ready.append(lane);",
        "if (lane.head !== null && lane.list === null) { lane.ready = true; " +
          "this.#ready.append(lane); }",
      ],
      [
        "an operation on a ready lane is not scheduled",
        "if (lane.ready && lane.list === null) this.#ready.append(lane);",
        "",
      ],
      [
        "an operation leaves its lane after its delivery",
        "if (!more) lane.removeHead(); this.#deliver(operation, result, more, bufferId);",
        "this.#deliver(operation, result, more, bufferId); if (!more) lane.removeHead();",
      ],
      ["a buffer is filled without being taken", "buffers.takeTop();", ""],
      [
        "a starved receive does not go on",
        "this.#starved.size !== 0 && this.#buffers.free !== 0;",
        "false;",
      ],
      ["the end of a stream is overlooked", "if (interest.readsToTheEnd) return;", ""],
      [
        "a receive fails when there is no buffer",
        "else if (this.#buffers.free !== 0) this.#receive",
        "else if (this.#buffers.free >= 0) this.#receive",
      ],
      [
        "a cancelled operation is carried out all the same",
        "const result = cancelled ? -ECANCELED : this.#attempt(operation, kind);",
        "const result = cancelled ? this.#attempt(operation, kind) : " +
          "this.#attempt(operation, kind);",
      ],
      [
        "a lane that would block is tried for ever",
        "lane.ready = result < 0;",
        "lane.ready = true;",
      ],
      [
        "the share of a lane is not bounded",
        "for (let left = ATTEMPTS_PER_TURN; left > 0; left--) {",
        "for (let left = Infinity; left > 0; left--) {",
      ],
      [
        "a starved lane whose receive is cancelled stays starved",
        "list.remove(lane); this.#ready.append(lane); } }",
        "} }",
      ],

      ["cancels wait for an edge", "this.#cancelled.head !== null ||", ""],
    ],
  ),
  ...faultsIn(
    "packages/reactor-epoll/src/receive-buffers.ts",
    ["epoll"],
    [
      [
        "a receive buffer may be released twice",
        "if (this.#out[bufferId] !== 1) {",
        "if (this.#out[bufferId] === 7) {",
      ],
      ["a released buffer is lost", "this.#stack[this.free] = bufferId;", ""],
      ["nobody is told of a released buffer", "this.#onRelease();", ""],
    ],
  ),
  ...faultsIn(
    "packages/reactor-epoll/src/epoll-driver.ts",
    ["epoll"],
    [
      [
        "a sleeping host is not told that a starved receive could go on",
        "this.#signal.raise();",
        "",
      ],
      ["a stale event is not counted", "this.ledger.counters.stale++;", ""],
      ["a closed descriptor is not forgotten", "this.#interests.forget(descriptor.fd);", ""],
      [
        "the driver is destroyed with operations in flight",
        "if (inFlight !== 0 && !options.leak) {",
        "if (inFlight < 0) {",
      ],
      [
        "the host sleeps although there is work",
        "if (this.#attempts.hasWork) return false; if",
        "if",
      ],
      [
        "a wake-up does not count as progress",
        "if (fd === this.wakeFd) this.#unparked = 1;",
        "if (fd === this.wakeFd) this.#unparked = 0;",
      ],
    ],
  ),
  ...faultsIn(
    "packages/reactor-epoll/src/epoll-driver.ts",
    ["epoll"],
    [
      [
        "a silent send that had no room is taken to have gone out",
        "if (result === frame.length) this.#blocks.give(block);",
        "if (result !== 0) this.#blocks.give(block);",
      ],
    ],
  ),
  ...faultsIn(
    "packages/reactor-epoll/src/operation-fifo.ts",
    ["epoll"],
    [
      [
        "taking the last one out leaves a false end",
        "if (this.tail === current) this.tail = previous;",
        "",
      ],
    ],
  ),
];
