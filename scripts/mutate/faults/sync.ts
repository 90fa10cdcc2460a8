import { type Fault, faultsIn } from "../fault.ts";

/** Channels, locks and select. */
export const syncFaults: readonly Fault[] = [
  ...faultsIn(
    "packages/sync/src/channel-state.ts",
    ["sync"],
    [
      [
        "a message wakes nobody",
        "if (this.receiving.first !== null) this.receiving.admit(this.messages.length);",
        "",
      ],
      [
        "a message that was promised is taken by a newcomer",
        "(this.messages.length !== 0 || this.isClosed) && this.receiving.isIdle;",
        "this.messages.length !== 0 || this.isClosed;",
      ],
      ["a sender overtakes those that wait", "&& this.sending.isIdle; }", "; }"],
      [
        "a batch takes what others were promised",
        "Math.min(max, length, Math.max(1, length - this.receiving.promised));",
        "Math.min(max, length);",
      ],
      [
        "an aborted receiver keeps its message",
        "this.state.receiving.leave(this); this.state.admitReceivers();",
        "this.state.receiving.leave(this);",
      ],
      [
        "an aborted sender keeps its room",
        "state.sending.leave(this); state.admitSenders();",
        "state.sending.leave(this);",
      ],
      [
        "a channel closes before its waiting sends",
        "if (this.handles === 0 && this.sending.isIdle) this.close();",
        "if (this.handles === 0) this.close();",
      ],
      ["a send goes through after the close", "if (state.isClosed) throw closedError();", ""],
      ["waiting sends are not told of the close", "this.sending.failAll(closedError);", ""],
      [
        "waiting receivers are not told of the close",
        "this.admitReceivers(); } /** Ends",
        "} /** Ends",
      ],
    ],
  ),
  ...faultsIn(
    "packages/sync/src/wait-line.ts",
    ["sync"],
    [
      [
        "the promise of an aborted wait is kept for ever",
        "if (!this.remove(wait)) this.promised--;",
        "this.remove(wait);",
      ],
      [
        "more is promised than there is",
        "while (this.promised < things) {",
        "while (this.promised <= things) {",
      ],
    ],
  ),
  ...faultsIn(
    "packages/sync/src/permits.ts",
    ["sync"],
    [
      ["a permit of an aborted wait is lost", "else this.#permits.give(this.count);", ""],
      [
        "a small request overtakes a large one",
        "return this.available >= count && this.line.first === null;",
        "return this.available >= count;",
      ],
      [
        "those behind an aborted large request wait on",
        "if (this.#permits.line.remove(this)) this.#permits.admit();",
        "if (this.#permits.line.remove(this)) return;",
      ],
      ["granted permits stay available", "this.available -= first.count;", ""],
    ],
  ),
  ...faultsIn(
    "packages/sync/src/semaphore.ts",
    ["sync"],
    [["a permit can be released twice", "this.#count = 0; if (count !== 0)", "if (count !== 0)"]],
  ),
  ...faultsIn(
    "packages/sync/src/protected-value.ts",
    ["sync"],
    [
      [
        "a lock can be released twice",
        "this.#held = null; held.give(held.permitsMax);",
        "held.give(held.permitsMax);",
      ],
    ],
  ),
  ...faultsIn(
    "packages/sync/src/notify.ts",
    ["sync"],
    [
      [
        "a notification of an aborted wait is lost",
        "&& this.isSingle) this.#source.notifyOne();",
        "&& !this.isSingle) this.#source.notifyOne();",
      ],
      ["a notification with nobody waiting is lost", "this.#isKept = true;", ""],
      [
        "a wait used again passes on what woke it the last time",
        "this.isSingle = false; this.renew();",
        "this.renew();",
      ],
      [
        "a wait used again stands in the line of its last use",
        "wait.again(this.#line, this);",
        "wait.again(new WaitLine(), this);",
      ],
    ],
  ),
  ...faultsIn(
    "packages/sync/src/selection.ts",
    ["sync"],
    [
      ["losers are not aborted", "if (running !== winner) running.abort(reason);", ""],
      [
        "what a branch took at once is lost to an abort around it",
        "await this.#handOn(); if (!this.#running",
        "if (!this.#running",
      ],
      [
        "what a loser ended with is leaked",
        "if (this.isDecided) this.#adopt(value);",
        "if (this.isDecided) return;",
      ],
      [
        "two branches take at once",
        "if (!this.isDecided && takenAtOnce() !== taken && this.#begun < length) return false;",
        "",
      ],
      [
        "an abort that comes with a value loses the value",
        "override abort(reason: unknown): void { this.#selection.abortBranches(reason);",
        "override abort(reason: unknown): void {",
      ],
      ["a region of a branch is never left", "running.leave(); }", "}"],
    ],
  ),
  ...faultsIn(
    "packages/sync/src/broadcast-state.ts",
    ["sync"],
    [
      [
        "a slow receiver is told one message too few",
        "const missed = oldest - this.#next;",
        "const missed = oldest - this.#next - 1;",
      ],
      [
        "a message that all have taken is kept",
        "if (unseen === 0) this.#messages[place] = undefined;",
        "",
      ],
      [
        "receivers are woken once only",
        "else if (this.line.first !== null) this.state.await(this);",
        "else if (this.line.first !== null && this.#next === 0) this.state.await(this);",
      ],
      ["a receiver that waited and left is kept", "this.#waiting.delete(cursor);", ""],
    ],
  ),
  ...faultsIn(
    "packages/sync/src/watch.ts",
    ["sync"],
    [["receivers do not see that a value is new", "state.version++;", ""]],
  ),
];
