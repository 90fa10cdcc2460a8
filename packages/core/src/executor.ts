import { drainMicrotasks } from "bun:jsc";
import { contextStorage, isAbortOf } from "./context.ts";
import type { RuntimeObserver } from "./observe/observer.ts";
import type { Schedule } from "./schedule.ts";
import { FULFILLED, type Priority, REJECTED, RUNNING, Task, TASK_BUDGET } from "./task.ts";
import { TaskList } from "./task-list.ts";
import { TaskQueue } from "./task-queue.ts";
import { UnhandledTaskError } from "./unhandled-task-error.ts";

/**
 * Ageing: after this many polls of more urgent tasks, one less urgent task gets its turn. How long
 * a ready task waits at most follows from these two: see "No ready task starves" in
 * ARCHITECTURE.md.
 */
export const NORMAL_PASSED_MAX = 8;
export const LOW_PASSED_MAX = 32;

/**
 * Waits of one task that a single poll delivers. A task that thousands of timers belong to (often
 * the root) goes to the back of its queue in between.
 */
export const DELIVERIES_PER_POLL = 128;

/** Deliveries to different tasks before their continuations run. */
const DELIVERIES_PER_DRAIN = 16;

/** Of an executor that was abandoned. */
const NOBODY: Schedule = { pick: () => -1 };

/** Counters of an executor, never reset. */
export interface ExecutorCounters {
  spawned: number;
  finished: number;
  polls: number;
  /** Wake-ups that put a task into a run queue. */
  wakes: number;
  /** Waits that were ready at once and had to take their turn: their task's budget was spent. */
  budgetsSpent: number;
}

/** Whoever calls `run` when something is ready: the host loop. */
export interface ExecutorHost {
  schedule(): void;
}

/**
 * The run queue. Every resumption of every task goes through it: `poll` delivers the ready waits of
 * one task, one by one, and drains microtasks after each so that the task runs to its next wait.
 * Where tasks have one ready wait each, a few are delivered before their continuations run.
 */
export class Executor {
  readonly counters: ExecutorCounters = {
    spawned: 0,
    finished: 0,
    polls: 0,
    wakes: 0,
    budgetsSpent: 0,
  };
  /** Waits that are ready at once which a task may take in one poll. */
  readonly budget: number;
  /** Owner of every wait outside all tasks. It never ends and cannot be aborted. */
  readonly root: Task;
  /** Unfinished tasks, in order of spawning. */
  readonly live: TaskList = new TaskList();
  /** Unfinished tasks that keep the process alive. */
  referencedTasks: number = 0;
  /** Tasks in the run queues. */
  readyCount: number = 0;
  readonly #host: ExecutorHost;
  readonly #high: TaskQueue = new TaskQueue();
  readonly #normal: TaskQueue = new TaskQueue();
  readonly #low: TaskQueue = new TaskQueue();
  /** The runtime it belongs to; an executor knows nothing of it. */
  owner: object | null = null;
  /** Who decides what is polled next; null for the order of the queues. */
  schedule: Schedule | null = null;
  /** Ready tasks that the schedule chooses from. */
  readonly #open: Task[] = [];
  /** The runtime is gone: no new shield protects anything. */
  isClosed: boolean = false;
  /** Told of failures that nobody hears of; null reports them as unhandled rejections. */
  onUnhandled: ((error: UnhandledTaskError) => void) | null = null;
  /** Told after every end of a task: the shutdown that waits for the last. */
  onFinish: (() => void) | null = null;
  /** Told of every spawn, wake-up, poll and end; null, the default, costs one branch. */
  observer: RuntimeObserver | null = null;
  #normalPassed: number = 0;
  #lowPassed: number = 0;
  /** Counts the drains of microtasks; see `Task.drain`. */
  #drain: number = 1;
  #nextId: number = 1;
  #current: Task | null = null;
  readonly #failed: Task[] = [];

  /** @param budget waits that a task may take at once in one poll */
  constructor(host: ExecutorHost, budget: number = TASK_BUDGET) {
    this.#host = host;
    this.budget = budget;
    this.root = new Task(0, this, "root", "normal", null);
  }

  /** Makes a task and queues it; its work begins in its first poll. */
  spawn(
    work: () => unknown,
    name: string | undefined,
    priority: Priority | undefined,
    site: Error | null,
  ): Task {
    const task = new Task(this.#nextId++, this, name, priority, site);
    this.counters.spawned++;
    this.live.add(task);
    this.referencedTasks++;
    task.work = work;
    const parent = contextStorage.getStore()?.task;
    // Another executor's tasks have numbers of their own.
    if (parent?.executor === this) task.parentId = parent.id;
    contextStorage.run(task.context, start);
    if (this.observer !== null) this.observer.taskSpawned(task, performance.now());
    this.enqueue(task);
    return task;
  }

  enqueue(task: Task): void {
    if (task.queued) return;
    task.queued = true;
    this.readyCount++;
    this.counters.wakes++;
    if (this.observer !== null) this.observer.taskWoken(task, task === this.#current);
    if (task.isSunk) task.rise();
    this.#queueOf(task).push(task);
    this.#host.schedule();
  }

  /** Another priority while it stands in a queue: it goes to the back of the queue for that. */
  move(task: Task, level: number): void {
    if (task.level === level) return;
    if (task.queued) this.#queueOf(task).delete(task);
    task.level = level;
    if (task.queued) this.#queueOf(task).push(task);
  }

  #queueOf(task: Task): TaskQueue {
    if (task.level === 1) return this.#normal;
    return task.level === 0 ? this.#high : this.#low;
  }

  /** Whether any task waits for an operation, a timer or another event, and not just for a task. */
  get isWaitingForEvents(): boolean {
    if (this.root.context.isWaitingForEvents) return true;
    for (const task of this.live) if (task.context.isWaitingForEvents) return true;
    return false;
  }

  /**
   * Polls ready tasks, at most so many. Tasks with a single ready wait are delivered a few at a
   * time before microtasks are drained, because entering that loop costs as much as running a small
   * task; their continuations still run one task after the other. Nobody can tell the difference: a
   * delivery runs no user code, and two waits of one task are never delivered without a drain in
   * between.
   * @returns how many it polled
   */
  run(pollsMax: number): number {
    if (this.observer !== null || this.schedule !== null) return this.#runOneByOne(pollsMax);
    let polls = 0;
    let delivered = 0;
    for (; polls < pollsMax; polls++) {
      // Drained before the next task leaves its queue: whoever drives the loop from inside a
      // continuation must find it there.
      if (delivered > 0 && !this.#mayDeliverNext) delivered = this.#drainDelivered();
      // What ran may have begun to observe: from here on every poll is to be told.
      if (delivered === 0 && this.observer !== null) {
        return polls + this.#runOneByOne(pollsMax - polls);
      }
      const task = this.#next();
      if (task === null) break;
      if (this.#isMixed || !isLight(task)) this.#poll(task);
      else {
        this.#deliverOne(task);
        if (++delivered === DELIVERIES_PER_DRAIN) delivered = this.#drainDelivered();
      }
    }
    if (delivered > 0) this.#drainDelivered();
    return polls;
  }

  /**
   * The same for observers and schedules: one task after the other, each with its continuations, so
   * that a poll has a beginning and an end. One reading of the clock serves the end of a poll and
   * the next.
   */
  #runOneByOne(pollsMax: number): number {
    let polls = 0;
    let nowMs = performance.now();
    for (; polls < pollsMax; polls++) {
      // A poll may abandon the executor.
      const { schedule } = this;
      const task = schedule === null ? this.#next() : this.#pick(schedule);
      if (task === null) break;
      this.observer?.pollStarted(task, nowMs);
      this.#poll(task);
      nowMs = performance.now();
      this.observer?.pollEnded(task, nowMs);
    }
    return polls;
  }

  /** The task has ended: tells its scope and its joiners. */
  finish(task: Task, state: typeof FULFILLED | typeof REJECTED, value: unknown): void {
    if (task.state !== RUNNING) return;
    this.#leave(task, state, value);
    this.counters.finished++;
    task.context.leave();
    if (this.observer !== null) this.observer.taskEnded(task, performance.now());
    task.onEnd?.(task);
    if (task.joiners !== null) for (const joiner of task.joiners) joiner.wake();
    if (state === REJECTED && !task.failureSeen) this.noteFailure(task);
    this.onFinish?.();
  }

  /**
   * Nobody is polled any more: no task goes on, not even to clean up. Whoever waits for one from
   * another executor is told `reason`.
   */
  abandon(reason: unknown): void {
    for (const task of [...this.live]) this.letDown(task, reason);
    this.#failed.length = 0;
    this.schedule = NOBODY;
  }

  /** The task never goes on: its end is not heard of, and whoever waits for it is told `reason`. */
  letDown(task: Task, reason: unknown): void {
    this.#leave(task, REJECTED, reason);
    task.failureSeen = true;
    task.failureTold = true;
    for (const joiner of task.joiners ?? []) joiner.wake();
  }

  #leave(task: Task, state: typeof FULFILLED | typeof REJECTED, value: unknown): void {
    task.state = state;
    task.value = value;
    this.live.delete(task);
    if (task.referenced) this.referencedTasks--;
  }

  /** Nobody hears of this task's failure, as far as is known: it will be reported. */
  noteFailure(task: Task): void {
    if (!task.isMember) this.#failed.push(task);
  }

  setReferenced(task: Task, referenced: boolean): void {
    if (task.referenced === referenced) return;
    task.referenced = referenced;
    if (task.state !== RUNNING) return;
    this.referencedTasks += referenced ? 1 : -1;
    // The loop may sleep, and keep the process alive or not, by what was so before.
    this.#host.schedule();
  }

  /**
   * Reports tasks that failed with nobody waiting, as unhandled rejections. An end by the task's
   * own abort is not a failure.
   */
  reportFailures(): void {
    if (this.#failed.length === 0) return;
    for (const task of this.#failed.splice(0)) {
      const aborted = isAbortOf(task.context, task.value);
      if (task.failureSeen || aborted) continue;
      const error = new UnhandledTaskError(task);
      if (this.onUnhandled === null) void Promise.reject(error);
      else this.onUnhandled(error);
    }
  }

  /** Whether tasks of other priorities wait: who goes next is then decided after every poll. */
  get #isMixed(): boolean {
    return this.#high.length !== 0 || this.#low.length !== 0;
  }

  /** Whether the next task may be delivered to before the microtasks of others are drained. */
  get #mayDeliverNext(): boolean {
    const next = this.#normal.first;
    return next !== null && !this.#isMixed && isLight(next) && next.drain !== this.#drain;
  }

  #next(): Task | null {
    let queue = this.#normal;
    if (this.#isMixed) queue = this.#weigh();
    const task = queue.shift();
    if (task !== null) this.readyCount--;
    return task;
  }

  #weigh(): TaskQueue {
    if (this.#low.length !== 0 && ++this.#lowPassed > LOW_PASSED_MAX) {
      this.#lowPassed = 0;
      return this.#low;
    }
    if (this.#normal.length !== 0) {
      if (this.#high.length === 0 || ++this.#normalPassed > NORMAL_PASSED_MAX) {
        this.#normalPassed = 0;
        return this.#normal;
      }
    }
    return this.#high.length !== 0 ? this.#high : this.#low;
  }

  /**
   * Somebody is about to drive the loop from inside a poll, until {@link resume}: what else is
   * ready in the polled task must not wait for that poll to end, and what wakes it meanwhile is not
   * itself.
   * @returns the polled task
   */
  interrupt(): Task | null {
    const current = this.#current;
    this.#current = null;
    if (current !== null && current.readyLength > 0) this.enqueue(current);
    return current;
  }

  /** @param interrupted what {@link interrupt} gave */
  resume(interrupted: Task | null): void {
    this.#current = interrupted;
  }

  #pick(schedule: Schedule): Task | null {
    const open = this.#open;
    for (const queue of [this.#high, this.#normal, this.#low]) {
      for (let task = queue.shift(); task !== null; task = queue.shift()) open.push(task);
    }
    if (open.length === 0) return null;
    const index = schedule.pick(open);
    if (index < 0) return null;
    const task = open.splice(index, 1)[0];
    if (task === undefined) {
      throw new RangeError(`Cannot poll task ${index}: there are ${open.length} to pick from`);
    }
    this.readyCount--;
    return task;
  }

  #deliverOne(task: Task): void {
    this.counters.polls++;
    task.queued = false;
    task.drain = this.#drain;
    task.refillBudget();
    task.shiftReady()?.deliver();
  }

  #drainDelivered(): 0 {
    this.#drain++;
    drainMicrotasks();
    return 0;
  }

  #poll(task: Task): void {
    const outer = this.#current;
    this.#current = task;
    this.counters.polls++;
    task.queued = false;
    task.refillBudget();
    // What becomes ready during the poll waits for the next one.
    let waits = Math.min(task.readyLength, DELIVERIES_PER_POLL);
    if (task.begin !== null) {
      const begin = task.begin;
      task.begin = null;
      begin();
      drainMicrotasks();
    }
    while (waits-- > 0) {
      const wait = task.shiftReady();
      if (wait === null) break;
      wait.deliver();
      drainMicrotasks();
    }
    this.#current = outer;
    // What is left was made ready by others, or has told of itself before.
    if (task.readyLength > 0) this.enqueue(task);
  }
}

/**
 * Whether a poll of the task delivers a single wait. The root's waits belong to many, and an urgent
 * task that is ready again at once is to go before those that wait behind it.
 */
function isLight(task: Task): boolean {
  return task.readyLength === 1 && task.begin === null && task.level === 1 && task.id !== 0;
}

/** Runs in the context of a new task. */
function start(): void {
  const task = contextStorage.getStore()?.task;
  if (task !== undefined) void runTask(task);
}

async function runTask(task: Task): Promise<void> {
  await new Promise<void>((resolve) => {
    task.begin = resolve;
  });
  try {
    if (task.context.aborted) throw task.context.reason;
    const value = await task.work();
    task.executor.finish(task, FULFILLED, value);
  } catch (error) {
    task.executor.finish(task, REJECTED, error);
  }
}
