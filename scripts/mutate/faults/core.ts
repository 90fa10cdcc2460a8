import { type Fault, faultsIn } from "../fault.ts";

/** Waits, tasks, timers, the loop and its end. */
export const coreFaults: readonly Fault[] = [
  ...faultsIn(
    "packages/core/src/wait.ts",
    ["core", "sync"],
    [
      [
        "who waits in a region that was forgotten is forgotten as well",
        "if (context.isDetached) context.revive();",
        "",
      ],
      [
        "an aborted wait never rejects",
        "if (this.#state === FAILED) { this.#settle();",
        "if (this.#failure === PENDING) { this.#settle();",
      ],
      [
        "the source of an aborted wait does not forget it",
        "try { this.cancelled(); }",
        "try { this.isWaiting; }",
      ],
      [
        "a wait keeps listening to its signal",
        'if (this.#signal !== undefined) this.#signal.removeEventListener("abort", this);',
        "",
      ],
      [
        "a wait that found nothing is never woken again",
        "if (value === PENDING) { this.#state = WAITING; return; }",
        "if (value === PENDING) return;",
      ],
      [
        "a new wait of an aborted task is not aborted",
        "if (context.aborted && this.isAbortable && this.#state === WAITING) {",
        "if (context.aborted && this.isSettled) {",
      ],
      [
        "a wait leaves its region wrongly",
        "if (next !== null) next.previousOfContext = previous;",
        "",
      ],
      ["a wake-up is queued twice", "if (this.#state !== WAITING) return;", ""],
      [
        "an abort is queued beside the wake-up",
        "if (!queued) this.context.task.ready(this);",
        "this.context.task.ready(this);",
      ],
      [
        "something is taken although the signal is aborted",
        "if (options.signal.aborted) return false;",
        "",
      ],
      [
        "something is taken although the task is aborted",
        "if (context.aborted || !context.task.spendBudget()) return false;",
        "if (!context.task.spendBudget()) return false;",
      ],
    ],
  ),
  ...faultsIn(
    "packages/core/src/executor.ts",
    ["core"],
    [
      [
        "a wake-up during a delivery is lost",
        "task.queued = false; task.drain = this.#drain; task.refillBudget(); " +
          "task.shiftReady()?.deliver();",
        "task.drain = this.#drain; task.refillBudget(); " +
          "task.shiftReady()?.deliver(); task.queued = false;",
      ],
      [
        "two waits of one task are delivered without a drain in between",
        "isLight(next) && next.drain !== this.#drain;",
        "isLight(next);",
      ],
      [
        "a task that was given up ends twice",
        "if (task.state !== RUNNING) return; this.#leave(task, state, value);",
        "this.#leave(task, state, value);",
      ],
      [
        "low priority starves",
        "++this.#lowPassed > LOW_PASSED_MAX",
        "++this.#lowPassed > Infinity",
      ],
      [
        "normal priority starves",
        "++this.#normalPassed > NORMAL_PASSED_MAX",
        "++this.#normalPassed > Infinity",
      ],
      [
        "joiners are not woken",
        "if (task.joiners !== null) for (const joiner of task.joiners) joiner.wake();",
        "",
      ],
      ["a scope does not hear of the end of its child", "task.onEnd?.(task);", ""],
      [
        "a failure that nobody sees vanishes",
        "if (state === REJECTED && !task.failureSeen) this.noteFailure(task);",
        "",
      ],
      ["an ended task keeps the process alive", "if (task.referenced) this.referencedTasks--;", ""],
    ],
  ),
  ...faultsIn(
    "packages/core/src/task.ts",
    ["core"],
    [
      ["the budget is endless", "this.#budget--;", ""],
      ["a task that burns its budget does not sink", "this.level++;", ""],
      [
        "ready waits are delivered last first",
        "else this.#lastReady.nextReady = wait;",
        "else { wait.nextReady = this.#firstReady; this.#firstReady = wait; " +
          "this.readyLength++; this.executor.enqueue(this); return; }",
      ],
    ],
  ),
  ...faultsIn(
    "packages/core/src/timers.ts",
    ["core"],
    [
      ["a cancelled timer leaves the heap in disorder", "this.#down(last, last.heapIndex);", ""],
      [
        "a cancelled timer leaves the heap in disorder above",
        "this.#up(last, index);",
        "this.#place(last, index);",
      ],
      ["equal deadlines fire last first", "a.sequence < b.sequence", "a.sequence > b.sequence"],
      ["a timer fires early", "first.deadlineMs <= nowMs", "first.deadlineMs <= nowMs + 1"],
      ["a fired timer still counts as armed", "timer.heapIndex = -1;", ""],
      [
        "a cancelled timer keeps the process alive",
        "if (timer.referenced && --this.referenced === 0) this.#onUnreferenced();",
        "",
      ],
    ],
  ),
  ...faultsIn(
    "packages/core/src/context.ts",
    ["core"],
    [
      [
        "an abort does not reach the regions inside",
        "if (!child.isShielded) child.abort(reason);",
        "void child;",
      ],
      [
        "a shield does not shield",
        "if (!child.isShielded) child.abort(reason);",
        "child.abort(reason);",
      ],
      [
        "a later abort changes the reason",
        "if (this.aborted) return; this.aborted = true;",
        "this.aborted = true;",
      ],
      [
        "an abort reaches one wait only",
        "wait.abort(reason); wait = next;",
        "wait.abort(reason); wait = null;",
      ],
      [
        "what goes on in a shield of an aborted region is forgotten",
        "if (this.goesOn) this.#home.#keep(this);",
        "if (this.goesOn && !this.aborted) this.#home.#keep(this);",
      ],
      [
        "a region in one that was forgotten is not looked for again",
        "for (const child of [...this.#regions()]) { if (child.#isLinked) child.#unlink(this);",
        "for (const child of []) { if (child.#isLinked) child.#unlink(this);",
      ],
      [
        "only the innermost region that was forgotten is remembered again",
        "if (home.isDetached) home.revive();",
        "",
      ],
    ],
  ),
  ...faultsIn(
    "packages/core/src/suspend.ts",
    ["core"],
    [
      [
        "a later wake-up changes the value",
        "if (this.#value !== PENDING || this.#failed) return; this.#value = value as T;",
        "this.#value = value as T;",
      ],
      [
        "a registration does not hear of the abort",
        "if (this.#value === PENDING) this.#onCancel?.();",
        "if (this.#value === PENDING) return;",
      ],
    ],
  ),
  ...faultsIn(
    "packages/core/src/operation-wait.ts",
    ["core"],
    [
      [
        "memory is released at the cancel instead of the completion",
        "this.#runtime.cancel(this.#operation);",
        "this.#runtime.cancel(this.#operation); this.release?.();",
      ],
      [
        "an abort rejects before the kernel has let go",
        "this.#runtime.cancel(this.#operation);",
        "this.#runtime.cancel(this.#operation); super.abandon(reason);",
      ],
      ["memory is never released", "this.release?.();", ""],
      [
        "a success that overtook its cancel is leaked",
        "if (result >= 0) this.discard?.(result);",
        "",
      ],
      [
        "a success that was not delivered is leaked",
        "if (this.#result !== PENDING && this.#result >= 0) this.discard?.(this.#result);",
        "",
      ],
      ["an abort asks for no cancel", "this.#runtime.cancel(this.#operation);", ""],
      [
        "memory that the kernel holds is given back at the end of a shutdown",
        "if (this.#operation === null || this.#result !== PENDING) super.abandon(reason);",
        "super.abandon(reason);",
      ],
    ],
  ),
  ...faultsIn(
    "packages/core/src/event-loop.ts",
    ["core"],
    [
      [
        "timers do not fire",
        "if (this.timers.armed !== 0) done += this.timers.fire(this.clock.now());",
        "",
      ],
      [
        "ready tasks starve the driver",
        "while (polls < POLLS_PER_TURN && lookedMs < endMs) {",
        "while (polls < Infinity) {",
      ],
      [
        "what was gathered is flushed a round late",
        "if (this.#flushables.length !== 0) this.#flush();",
        "if (this.#flushables.length !== 0 && polls === 0) this.#flush();",
      ],
      [
        "a flush that fails is not told",
        "if (this.#failures.length !== 0) this.#throwFailures();",
        "",
      ],
    ],
  ),
  ...faultsIn(
    "packages/core/src/shutdown.ts",
    ["core", "uring"],
    [
      [
        "who waits for a task that the kernel holds is not told",
        "if (task.context.isWaiting) executor.letDown(task, reason);",
        "",
      ],
      ["teardown is no barrier", "await endOperations(host, endMs);", ""],
      [
        "memory that the kernel holds is freed",
        "const leak = ledger.inFlight > 0 || sendPool.taken > 0;",
        "const leak = false;",
      ],
      [
        "shutdown leaves what is open",
        "for (const resource of [...resources]) resource.destroy(reason);",
        "",
      ],
      ["shutdown aborts no task", "if (task !== self) task.context.abort(reason);", "void self;"],
    ],
  ),
  ...faultsIn(
    "packages/core/src/host-loop.ts",
    ["core"],
    [
      [
        "what came up during a block is not gone on with",
        "this.#driven--; this.schedule();",
        "this.#driven--;",
      ],
      ["a sleeping host is not told that it is awake", "this.loop.driver.awake();", ""],
      [
        "the loop never sleeps",
        "else if (!loop.driver.park(deadline)) this.#again();",
        "else if (loop.driver.park(deadline)) this.#again();",
      ],
    ],
  ),
  ...faultsIn(
    "packages/core/src/block-on.ts",
    ["core"],
    [
      [
        "a block that nothing can end goes on for ever",
        "if (!loop.canResume) throw deadlock(loop);",
        "",
      ],
      [
        "a block waits in the kernel beside a ready task",
        "if (loop.executor.readyCount > 0) continue;",
        "",
      ],
    ],
  ),
  ...faultsIn(
    "packages/core/src/timeout.ts",
    ["core"],
    [
      ["a deadline that was met stays armed", "runtime.loop.timers.cancel(deadline);", ""],
      ["a time-out aborts no wait", "context.abort(error);", ""],
      [
        "what was taken at once is lost to a time-out",
        "for (let hop = 0; hop < HAND_ON_HOPS; hop++) await null;",
        "",
      ],
    ],
  ),
  ...faultsIn(
    "packages/core/src/line.ts",
    ["core", "sync"],
    [["leaving from the middle breaks the line", "else next.previousInLine = previous;", ""]],
  ),
  ...faultsIn(
    "packages/core/src/turns.ts",
    ["core"],
    [
      ["a newcomer overtakes those in line", "this.#waiting.length > 0 || ", ""],
      [
        "an aborted wait holds up those behind it",
        "if (this.#waiting.remove(wait)) this.#grant();",
        "this.#waiting.remove(wait);",
      ],
      [
        "a turn that came too late is lost",
        "if (this.isGranted) this.#turns.leave(this.weight); else this.#turns.forget(this);",
        "this.#turns.forget(this);",
      ],
      [
        "those in line are let in whatever they weigh",
        "if (next === null || this.#taken + next.weight > this.#weightMax) return;",
        "if (next === null) return;",
      ],
    ],
  ),
];
