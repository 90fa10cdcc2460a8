import { type Fault, faultsIn } from "../fault.ts";

const FLOW = "packages/proactor-uring/src/operation-flow.ts";

/** The io_uring driver. */
export const uringFaults: readonly Fault[] = [
  ...faultsIn(
    FLOW,
    ["uring", "behaviours uring"],
    [
      [
        "MORE is skipped",
        "if ((flags & IORING_CQE_F_MORE) !== 0 && driverState === IN_KERNEL) {",
        "if ((flags & IORING_CQE_F_MORE) !== 0 && driverState === DUE) {",
      ],
      [
        "the buffer of a completion that nobody wants is lost",
        "this.#receive.refuse(bufferId);",
        "",
      ],
      [
        "a buffer is handed out unnoticed",
        "if (bufferId !== NO_BUFFER) this.#receive.handOut(bufferId, result);",
        "",
      ],
      [
        "a buffer of a last completion is handed out unnoticed",
        "if (operation !== null && result > 0) { this.#receive.handOut(bufferId, result);",
        "if (operation !== null && result > 0) {",
      ],
      [
        "a receive that finds no buffer fails",
        "const starved = result === -ENOBUFS && kind.selectsBuffer;",
        "const starved = false;",
      ],
      [
        "a multishot that the kernel ends is not submitted again",
        "const goesOn = kind.multishot && (result > 0 || !kind.selectsBuffer);",
        "const goesOn = false;",
      ],
      [
        "the end of a stream is taken for more to come",
        "const goesOn = kind.multishot && (result > 0 || !kind.selectsBuffer);",
        "const goesOn = kind.multishot;",
      ],
      ["an interrupted call fails", "if (result === -EINTR) return true;", ""],
      [
        "a connection that died in the queue ends the accepting",
        "return kind.opcode === IORING_OP_ACCEPT && isTransientAcceptResult(result);",
        "return false;",
      ],
      [
        "a cancel during the last result of a multishot is overlooked",
        "if (operation.state === CANCELLING) return 1 + this.#finish(operation, -ECANCELED); " +
          "this.#start(operation);",
        "this.#start(operation);",
      ],
      [
        "a cancel that the kernel did not find is not repeated",
        "if (result !== -ENOENT) return;",
        "if (result !== 1) return;",
      ],
      [
        "a cancelled operation stays in the line for the queue",
        "this.#waiting.remove(operation);",
        "",
      ],
      [
        "a cancelled receive stays in the line for a buffer",
        "this.#starved.remove(operation);",
        "",
      ],
      [
        "an operation that was cancelled in line is submitted all the same",
        "if (operation.state === CANCELLING) return this.#finish(operation, -ECANCELED); " +
          "this.#counters.systemCalls++;",
        "this.#counters.systemCalls++;",
      ],
      [
        "operations overtake those in line",
        "if (this.#submission.isFull || this.#waiting.length !== 0) {",
        "if (this.#submission.isFull) {",
      ],
      [
        "a receive goes on without a buffer to receive into",
        "if (result <= 0) { slab.putBack(bufferId);",
        "if (result <= 0) {",
      ],
      [
        "a starved receive does not go on",
        "const operation = this.#starved.shift();",
        "const operation = this.#due.shift();",
      ],
      [
        "cancels are not written at once",
        "this.#cancels.push(operation.slot, operation.generation); " +
          "this.#cancels.writeTo(this.#submission); return;",
        "return;",
      ],
    ],
  ),
  ...faultsIn(
    "packages/proactor-uring/src/cancel-queue.ts",
    ["uring"],
    [
      [
        "cancels that found the queue full are lost",
        "if (this.#written !== pairs.length) return;",
        "",
      ],
      [
        "a cancel drops the generation",
        "encodeCancel(submission.entries, base, slot, generation);",
        "encodeCancel(submission.entries, base, slot, 0);",
      ],
      [
        "a cancel names the next slot",
        "return CANCEL_BASE - userDataLow;",
        "return CANCEL_BASE - userDataLow + 1;",
      ],
    ],
  ),
  ...faultsIn(
    "packages/proactor-uring/src/receive-ring.ts",
    ["uring"],
    [["a buffer that came back is not shown to the kernel", "this.#unpublished = true;", ""]],
  ),
  ...faultsIn(
    "packages/proactor-uring/src/receive-memory.ts",
    ["uring", "net uring"],
    [
      [
        "a receive buffer may be released twice",
        "if (this.#out[bufferId] !== 1) {",
        "if (this.#out[bufferId] === 7) {",
      ],
      ["a released buffer is not put back", "this.putBack(bufferId);", ""],
      ["a released buffer is not counted as free", "this.free++;", ""],
    ],
  ),
  ...faultsIn(
    "packages/proactor-uring/src/submission-queue.ts",
    ["uring"],
    [
      ["entries are written over", "=== this.capacity;", "> this.capacity;"],
      [
        "the kernel is not shown what was submitted",
        "Atomics.store(this.#ring, this.#tailWord, this.#tail);",
        "",
      ],
    ],
  ),
  ...faultsIn(
    "packages/proactor-uring/src/completion-queue.ts",
    ["uring"],
    [
      [
        "the kernel is not told what was reaped",
        "Atomics.store(this.#ring, this.#headWord, this.#head);",
        "",
      ],
    ],
  ),
  ...faultsIn(
    "packages/proactor-uring/src/ring.ts",
    ["uring", "behaviours uring"],
    [
      [
        "completions that the kernel holds back are not fetched",
        "const KERNEL_HAS_WORK = IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW;",
        "const KERNEL_HAS_WORK = 0 & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW);",
      ],
    ],
  ),
  ...faultsIn(
    "packages/proactor-uring/src/uring-driver.ts",
    ["uring", "net uring", "behaviours uring"],
    [
      [
        "a sleeping host is not told that a starved receive could go on",
        "flow.starvedCount === 0 ? null : this.#unparkSelf;",
        "null;",
      ],
      [
        "the driver is destroyed with operations in flight",
        "if (this.ledger.inFlight !== 0) {",
        "if (this.ledger.inFlight < 0) {",
      ],
      [
        "a wake-up does not count as progress",
        "if (this.#wakeWatch.onEntry(result, flags)) this.#unparked = true;",
        "this.#wakeWatch.onEntry(result, flags);",
      ],
      [
        "a turn waits while nobody watches for wake-ups",
        "if (timeoutMs > 0 && isIdle && this.#isWatched)",
        "if (timeoutMs > 0 && isIdle)",
      ],
      [
        "the host sleeps while nobody watches for wake-ups",
        "this.#unparked || !this.#isWatched",
        "this.#unparked",
      ],
      ["buffers are not published before the ring is entered", "this.#receiveRing?.publish();", ""],
      [
        "the number of a closed descriptor meets a silent send of its last life",
        "if (this.#silent?.isPending === true) this.#flush();",
        "",
      ],
      [
        "silent sends are settled before the kernel has said all it has to say",
        "const isCaughtUp = this.#hasSilent && this.#ring.isCaughtUp;",
        "const isCaughtUp = this.#hasSilent;",
      ],
      [
        "a turn ends although it is not known what became of the silent sends",
        "if (this.#hasSilent) progress += this.#settleSilent();",
        "",
      ],
      [
        "memory that is watched is sent silently",
        "if (silent === null || submission.isFull || this.#canaries !== null) return false;",
        "if (silent === null || submission.isFull) return false;",
      ],
    ],
  ),
  ...faultsIn(
    "packages/proactor-uring/src/silent-sends.ts",
    ["uring"],
    [
      ["the sender is not told", "sender.onUnsent(block, start, end, result);", ""],
      [
        "a block that is the sender's again is given back",
        "send.block = null; send.result = result;",
        "send.result = result;",
      ],
      ["an observer is shown that a failed send went out", "send.result = result;", ""],
      ["blocks are not given back", "if (block !== null) this.#pool.give(block);", ""],
    ],
  ),
];
