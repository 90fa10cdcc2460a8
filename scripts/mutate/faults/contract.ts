import { type Fault, faultsIn } from "../fault.ts";

const LEDGER = "packages/core/src/contract/operation-ledger.ts";

/** The life-cycle of operations and the pools of memory. */
export const contractFaults: readonly Fault[] = [
  ...faultsIn(
    LEDGER,
    ["contract", "exhaustive", "core"],
    [
      [
        "a slot keeps its generation",
        "(operation.generation + 1) & GENERATION_MASK; operation.root = null;",
        "operation.generation; operation.root = null;",
      ],
      [
        "a completion is found without its generation",
        "operation.generation !== generation ||",
        "",
      ],
      [
        "a completion finds an operation that is idle",
        "operation.state === IDLE ) { this.counters.stale++;",
        "false) { this.counters.stale++;",
      ],
      ["a stale completion is not counted", "this.counters.stale++;", ""],
      ["an operation takes no hold of its descriptor", "descriptor.holds++;", ""],
      ["an operation never lets its descriptor go", "descriptor.holds--;", "void descriptor;"],
      [
        "a descriptor closes before what holds it has ended",
        "if (descriptor.holds === 0) this.#closeNow(descriptor);",
        "this.#closeNow(descriptor);",
      ],
      [
        "a close cancels nothing",
        "if (operation.state !== IDLE) this.cancel(operation);",
        "void operation.state;",
      ],
      [
        "a close cancels only the first operation",
        "if (operation.state !== IDLE) this.cancel(operation); operation = next;",
        "if (operation.state !== IDLE) this.cancel(operation); operation = null;",
      ],
      ["a descriptor may be closed again", "if (descriptor.closing) return;", ""],
      [
        "the number goes back while an operation holds it",
        "if (descriptor !== null && descriptor.closing && descriptor.holds === 0) {",
        "if (descriptor !== null && descriptor.closing) {",
      ],
      ["a second cancel reaches the driver", "if (operation.state === CANCELLING) return;", ""],
      ["a cancel is forgotten", "this.#driver.cancel(operation);", ""],
      [
        "an operation is released when it is cancelled",
        "this.#driver.cancel(operation);",
        "this.#driver.cancel(operation); this.#finish(operation, -ECANCELED);",
      ],
      [
        "an operation may be submitted twice",
        "if (operation.state !== IDLE || operation.listener === null) {",
        "if (operation.listener === null) {",
      ],
      [
        "an operation may be submitted from the pool",
        "if (operation.state !== IDLE || operation.listener === null) {",
        "if (operation.state !== IDLE) {",
      ],
      [
        "a closing descriptor takes new operations",
        'if (descriptor !== null && descriptor.closing) throw closing("submit"',
        'if (descriptor !== null && descriptor.closed) throw closing("submit"',
      ],
      [
        "MORE ends an operation",
        "if (more) this.counters.partial++; else this.#finish(operation, result);",
        "this.#finish(operation, result);",
      ],
      [
        "memory is not rooted while the driver has it",
        "operation.state = SUBMITTED;",
        "operation.state = SUBMITTED; operation.root = null;",
      ],
      ["memory stays rooted for ever", "operation.root = null; operation.next", "operation.next"],
      ["operations in flight are not counted down", "this.inFlight--;", ""],
      [
        "an operation keeps the process alive after its end",
        "if (operation.referenced) this.referencedInFlight--;",
        "",
      ],
      [
        "a reserved operation goes back to the pool",
        "if (!operation.reserved) this.#free(operation);",
        "this.#free(operation);",
      ],
      [
        "a reserved operation never goes back to the pool",
        "this.#free(first);",
        "unlink(descriptor, first);",
      ],
      [
        "teardown cancels nothing",
        "if (operation.state === SUBMITTED) this.cancel(operation);",
        "void operation;",
      ],
      ["nobody is told of a closed descriptor", "descriptor.onClosed?.();", ""],
      [
        "who held a descriptor that cannot be closed is not told",
        "finally { // Also when the descriptor that it held cannot be closed: somebody waits, " +
          "and memory is lent. listener.onCompletion(operation, result, more, bufferId); }",
        "catch (error) { throw error; } " +
          "listener.onCompletion(operation, result, more, bufferId);",
      ],
    ],
  ),
  ...faultsIn(
    "packages/core/src/contract/block-pool.ts",
    ["contract", "core"],
    [
      [
        "a send block may be given back twice",
        "if (!block.taken)",
        "if (Number.isNaN(block.address))",
      ],
      [
        "a large send block comes back as a small one",
        "(block.byteLength === SMALL_BYTES ? this.#small : this.#large).push(block);",
        "this.#small.push(block);",
      ],
      [
        "send blocks that are out do not stop the unmapping",
        "if (this.taken !== 0)",
        "if (this.taken < 0)",
      ],
    ],
  ),
];
