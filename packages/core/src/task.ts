import { Context } from "./context.ts";
import type { Executor } from "./executor.ts";
import type { TaskTimes } from "./observe/time-keeper.ts";
import type { TaskGroup } from "./task-group.ts";
import type { Wait } from "./wait.ts";

/** How urgent a task is against others that are ready. */
export type Priority = "high" | "normal" | "low";

/** Queue levels; index 0 is served first. */
const PRIORITIES: readonly Priority[] = ["high", "normal", "low"];

const NORMAL = 1;

/**
 * Waits that are ready at once which a task may take before others get their turn (as in tokio),
 * unless the runtime was made with another budget.
 */
export const TASK_BUDGET = 128;

/** After this many polls in a row that spent the whole budget, a task sinks one level. */
export const SPENT_POLLS_MAX = 4;

export const RUNNING = 0;
export const FULFILLED = 1;
export const REJECTED = 2;

/** What a task is to others: for diagnosis and error messages. */
export interface TaskInfo {
  readonly id: number;
  readonly name: string;
  readonly priority: Priority;
}

/**
 * A task: a chain of awaits with an identity, a priority, a budget and an abort. The executor
 * resumes it by delivering its ready waits. It is the outermost region that its waits belong to,
 * one object with it because a wake-up touches both.
 */
export class Task extends Context implements TaskInfo {
  // What every poll touches comes first: with many tasks, each line of the cache counts.
  readonly id: number;
  readonly executor: Executor;
  /** Resolved by the first poll: the work begins. */
  begin: (() => void) | null = null;
  /** Whether it stands in a run queue. */
  queued: boolean = false;
  /** The queue it stands in: its priority, sunk when it burns whole budgets. */
  level: number;
  #priority: number;
  #budget: number;
  #spentPolls: number = 0;
  #firstReady: Wait<unknown> | null = null;
  #lastReady: Wait<unknown> | null = null;
  /** Waits to deliver. */
  readyLength: number = 0;
  polls: number = 0;
  /** Waits of it that became ready. */
  wakes: number = 0;
  /** The drain of microtasks for which something has been delivered already; see `Executor.run`. */
  drain: number = 0;
  state: typeof RUNNING | typeof FULFILLED | typeof REJECTED = RUNNING;
  value: unknown = undefined;
  readonly #name: string | undefined;
  /**
   * An error made at `spawn`, of which only the stack is used, and only when something goes wrong.
   */
  readonly site: Error | null;
  /** What the task is to do; its first poll begins it. */
  work: () => unknown = nothing;
  /** Waits for the end of this task. */
  joiners: Wait<unknown>[] | null = null;
  /** Whether anybody has been told of its failure. */
  failureTold: boolean = false;
  /** Whether anybody has been told, or will be told, of a failure. */
  failureSeen: boolean = false;
  /** Whether a scope or set collects its failure, whoever else waits or gives up. */
  isMember: boolean = false;
  /** Whether it keeps the process alive. */
  referenced: boolean = true;
  /** Told when the task ends, before its joiners: the scope or set it belongs to. */
  onEnd: ((task: Task) => void) | null = null;
  /**
   * The task of the same executor that spawned it; 0 is any other code. Only an id: it may have
   * ended.
   */
  parentId: number = 0;
  /** The scope or set that it belongs to. */
  group: TaskGroup | null = null;
  /** Kept by a {@link TimeKeeper} while somebody measures. */
  times: TaskTimes | null = null;
  /** Linked in the executor's list of unfinished tasks. */
  previousLive: Task | null = null;
  nextLive: Task | null = null;

  constructor(
    id: number,
    executor: Executor,
    name: string | undefined,
    priority: Priority | undefined,
    site: Error | null,
  ) {
    super(null, null);
    this.id = id;
    this.executor = executor;
    this.#budget = executor.budget;
    this.#name = name;
    this.#priority = priority === undefined ? NORMAL : PRIORITIES.indexOf(priority);
    if (this.#priority < 0) {
      throw new TypeError(
        `Cannot spawn with priority "${priority}": use "high", "normal" or "low"`,
      );
    }
    this.level = this.#priority;
    this.site = site;
  }

  /** Itself, as a region. */
  get context(): Context {
    return this;
  }

  get name(): string {
    return this.#name ?? `task-${this.id}`;
  }

  get priority(): Priority {
    return PRIORITIES[this.#priority] as Priority;
  }

  set priority(priority: Priority) {
    const level = PRIORITIES.indexOf(priority);
    if (level < 0) {
      throw new TypeError(`Cannot set priority "${priority}": use "high", "normal" or "low"`);
    }
    this.#priority = level;
    this.#spentPolls = 0;
    this.executor.move(this, level);
  }

  /** Whether it stands below its priority, because it burned whole budgets. */
  get isSunk(): boolean {
    return this.level !== this.#priority;
  }

  /**
   * Woken, or yielding, with budget left: it has waited for something, so it is as urgent again as
   * its priority says. When that proves wrong, one burned budget is enough to sink it again.
   */
  rise(): void {
    if (this.#budget <= 0) return;
    this.level = this.#priority;
    this.#spentPolls = SPENT_POLLS_MAX - 1;
  }

  /** Adds a wait to deliver and queues the task. */
  ready(wait: Wait<unknown>): void {
    wait.nextReady = null;
    if (this.#lastReady === null) this.#firstReady = wait;
    else this.#lastReady.nextReady = wait;
    this.#lastReady = wait;
    this.readyLength++;
    this.wakes++;
    this.executor.enqueue(this);
  }

  /** Takes the next wait to deliver. */
  shiftReady(): Wait<unknown> | null {
    const wait = this.#firstReady;
    if (wait === null) return null;
    this.#firstReady = wait.nextReady;
    if (this.#firstReady === null) this.#lastReady = null;
    wait.nextReady = null;
    this.readyLength--;
    return wait;
  }

  /** A new poll: the budget is whole again; a task that keeps spending all of it sinks. */
  refillBudget(): void {
    this.polls++;
    if (this.#budget > 0) {
      this.#spentPolls = 0;
      this.level = this.#priority;
    } else if (++this.#spentPolls >= SPENT_POLLS_MAX && this.level < PRIORITIES.length - 1) {
      this.level++;
      this.#spentPolls = 0;
    }
    this.#budget = this.executor.budget;
  }

  spendBudget(): boolean {
    if (this.#budget <= 0) {
      this.executor.counters.budgetsSpent++;
      return false;
    }
    this.#budget--;
    return true;
  }
}

function nothing(): void {}
