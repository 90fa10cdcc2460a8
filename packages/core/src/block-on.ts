import { drainMicrotasks } from "bun:jsc";
import { BlockOnDeadlockError, RuntimeClosedError } from "./errors.ts";
import type { Clock } from "./contract/clock.ts";
import type { EventLoop } from "./event-loop.ts";
import { contextStorage } from "./context.ts";
import { foreignHold } from "./foreign-hold.ts";
import { describeSite } from "./spawn-site.ts";
import type { Task } from "./task.ts";

/** Takes the loop away from its host while somebody drives it synchronously. */
export interface DrivesLoop {
  readonly loop: EventLoop;
  enter(): void;
  leave(): void;
}

/** After so long without progress a block on something that is not ours is worth a warning. */
const DOUBT_MS = 1000;

const UNSETTLED = 0;
const FULFILLED = 1;
const REJECTED = 2;

/** Where the end of a promise is noted, so that a synchronous loop can see it. */
class Outcome {
  state: typeof UNSETTLED | typeof FULFILLED | typeof REJECTED = UNSETTLED;
  value: unknown = undefined;

  constructor(promise: PromiseLike<unknown>) {
    promise.then(
      (value) => {
        this.state = FULFILLED;
        this.value = value;
      },
      (error: unknown) => {
        this.state = REJECTED;
        this.value = error;
      },
    );
  }
}

/**
 * A wait for the promise is to belong to the runtime that is driven: code that blocks may belong to
 * another, which stands still.
 */
function noteOutcome(loop: EventLoop, promise: PromiseLike<unknown>): Outcome {
  const { executor } = loop;
  const own = contextStorage.getStore();
  if (own?.task.executor === executor) return new Outcome(promise);
  return contextStorage.run(executor.root.context, () => new Outcome(promise));
}

/**
 * Drives a runtime until a promise settles, waiting in the kernel in between. Bun's own timers and
 * sockets stand still meanwhile, so when nothing of ours is left that could make progress the
 * promise can never settle, and it throws instead of hanging.
 *
 * @param own the task whose end settles the promise, or that the promise may belong to
 */
export function driveUntilSettled<T>(host: DrivesLoop, promise: PromiseLike<T>, own: Task): T {
  const { loop } = host;
  const doubt = new Doubt(own, loop);
  host.enter();
  try {
    const outcome = noteOutcome(loop, promise);
    drainMicrotasks();
    while (outcome.state === UNSETTLED) {
      const done = loop.round(0);
      drainMicrotasks();
      if (done > 0 || outcome.state !== UNSETTLED) continue;
      if (loop.closed) {
        throw new RuntimeClosedError(
          "Cannot block any longer: the runtime was shut down meanwhile",
        );
      }
      // Made ready by those microtasks: whoever fires a timer may run code of the program.
      if (loop.executor.readyCount > 0) continue;
      if (!loop.canResume) throw deadlock(loop);
      loop.round(doubt.nextLookMs);
      doubt.look();
    }
    if (outcome.state === REJECTED) throw outcome.value;
    return outcome.value as T;
  } finally {
    host.leave();
  }
}

function deadlock(loop: EventLoop): BlockOnDeadlockError {
  const { live } = loop.executor;
  const names = [...live].slice(0, 5).map((task) => `"${task.name}"`);
  const tasks =
    live.size === 0
      ? "no task is alive"
      : `${live.size} tasks wait for each other: ${names.join(", ")}`;
  return new BlockOnDeadlockError(
    "Cannot block: no operation, timer or ready task is left that could settle the promise " +
      `(${tasks}). It may wait for Bun's own fetch, timers or sockets, which stand still ` +
      "meanwhile: await those instead of blocking on them",
  );
}

/**
 * Watches for a block that hangs on a promise that is not ours. Another task may be about to settle
 * it, so this is no certain deadlock, however much else goes on meanwhile; but when Bun has to
 * settle it, the block never ends. So it is said once.
 */
class Doubt {
  readonly #own: Task;
  readonly #clock: Clock;
  /** Time passes by itself, not only when everybody waits. */
  readonly #isReal: boolean;
  #polls: number;
  #sinceMs: number;
  #hasWarned: boolean = false;

  constructor(own: Task, { clock, driver }: EventLoop) {
    this.#own = own;
    this.#clock = clock;
    this.#isReal = driver.clock === undefined;
    this.#polls = own.polls;
    this.#sinceMs = clock.now();
  }

  /**
   * How long the loop may wait for events until the next look. A driver whose time jumps to the
   * next event has to see when there is none: a look would be one.
   */
  get nextLookMs(): number {
    if (this.#hasWarned || !this.#isReal) return Number.POSITIVE_INFINITY;
    return Math.max(1, this.#sinceMs + DOUBT_MS - this.#clock.now());
  }

  look(): void {
    if (this.#hasWarned) return;
    const nowMs = this.#clock.now();
    if (this.#own.polls !== this.#polls) {
      this.#polls = this.#own.polls;
      this.#sinceMs = nowMs;
    }
    if (nowMs - this.#sinceMs < DOUBT_MS) return;
    const held = foreignHold(this.#own);
    // Whatever it waits for is ours: nothing to say, and nothing to look for soon.
    this.#sinceMs = nowMs;
    if (held === null) return;
    this.#hasWarned = true;
    warnOfDoubt(this.#own, held);
  }
}

function warnOfDoubt(own: Task, held: Task): void {
  const through = held === own ? "" : ` and so for ${nameOf(held)}`;
  const site = describeSite(held.site);
  const spawned = site === "" ? "" : ` (spawned at ${site})`;
  process.emitWarning(
    `blockOn has waited ${DOUBT_MS} ms for ${nameOf(own)}${through}, which waits for something ` +
      `that is not Bascule's${spawned}: Bun's own fetch, timers and sockets stand still while it ` +
      "blocks. Await it instead",
    "BasculeBlockWarning",
  );
}

function nameOf(task: Task): string {
  return task.id === 0 ? "code outside tasks" : `task "${task.name}"`;
}
