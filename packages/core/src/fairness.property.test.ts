import { expect, test } from "bun:test";
import fc from "fast-check";
import { ExecutorProbe } from "../test/executor-probe.ts";
import { Source } from "../test/signal-wait.ts";
import { RuntimeObserver } from "./observe/observer.ts";
import { LOW_PASSED_MAX, NORMAL_PASSED_MAX } from "./executor.ts";
import type { Priority, Task } from "./task.ts";
import { spendBudget } from "./wait.ts";
import { yieldNow } from "./yield-now.ts";

/** Continuations of tasks that were delivered together may still be due when a task is queued. */
const BATCH = 15;

/** The bound that ARCHITECTURE.md states, in polls, for a task with so many before it. */
function pollsMax(level: number, ahead: number): number {
  const turns = ahead + 1;
  if (level === 2) return turns * (LOW_PASSED_MAX + 1);
  const own =
    level === 1 ? turns * (NORMAL_PASSED_MAX + 1) : turns + ceil(turns, NORMAL_PASSED_MAX);
  return own + ceil(own, LOW_PASSED_MAX);
}

function ceil(a: number, b: number): number {
  return Math.ceil(a / b);
}

type Step =
  | { readonly do: "yield" | "burn" | "wait" }
  | { readonly do: "wake"; readonly whom: number }
  | { readonly do: "change"; readonly whom: number; readonly priority: Priority };

interface Actor {
  readonly priority: Priority;
  readonly steps: readonly Step[];
}

const priorities = fc.constantFrom<Priority>("high", "normal", "low");
const someone = fc.nat(30);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ do: "yield" }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: "burn" }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: "wait" }) },
  { weight: 2, arbitrary: someone.map<Step>((whom) => ({ do: "wake", whom })) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("change" as const),
      whom: someone,
      priority: priorities,
    }),
  },
);
const actors: fc.Arbitrary<Actor[]> = fc.array(
  fc.record({ priority: priorities, steps: fc.array(step, { minLength: 1, maxLength: 6 }) }),
  { minLength: 1, maxLength: 30 },
);

/** Tasks that yield, burn their budget, wait, wake each other and change priorities, for ever. */
class Play {
  readonly probe: ExecutorProbe = new ExecutorProbe();
  readonly tasks: Task[];
  readonly #sources: Source[];
  /** Called where a task's turn has begun, by the task itself. */
  onTurn: (task: Task) => void = () => undefined;
  /** Called where a task has been given another priority, and so another place in line. */
  onMove: (task: Task) => void = () => undefined;

  constructor(cast: readonly Actor[]) {
    this.#sources = cast.map(() => new Source());
    this.tasks = cast.map(({ priority, steps }, index) =>
      this.probe.spawn(() => this.#act(index, steps), priority),
    );
  }

  async #act(index: number, steps: readonly Step[]): Promise<void> {
    for (;;) {
      for (const each of steps) await this.#step(index, each);
      await this.#yield(index);
    }
  }

  async #step(index: number, each: Step): Promise<void> {
    if (each.do === "wake") return this.#sources[each.whom % this.#sources.length]?.put(1);
    if (each.do === "change") {
      const task = this.tasks[each.whom % this.tasks.length];
      if (task === undefined || task.priority === each.priority) return;
      task.priority = each.priority;
      this.onMove(task);
      return;
    }
    if (each.do === "burn") while (spendBudget());
    if (each.do !== "wait") return this.#yield(index);
    await this.#sources[index]?.wait().promise;
    this.#noteTurn(index);
  }

  async #yield(index: number): Promise<void> {
    await yieldNow();
    this.#noteTurn(index);
  }

  #noteTurn(index: number): void {
    const task = this.tasks[index];
    if (task !== undefined) this.onTurn(task);
  }
}

/** When each task must have had its turn, kept up after every stretch of polls. */
class Deadlines {
  readonly #byTask: Map<Task, { dueAt: number; level: number }> = new Map();
  readonly #tasks: readonly Task[];

  constructor(tasks: readonly Task[]) {
    this.#tasks = tasks;
  }

  /** Tasks that have become ready, or changed queues, since the last look, get a deadline. */
  look(polls: number): void {
    const queued = this.#tasks.filter((task) => task.queued);
    for (const task of queued) {
      if (this.#byTask.get(task)?.level === task.level) continue;
      const ahead = queued.filter((other) => other.level === task.level).length - 1;
      const dueAt = polls + pollsMax(task.level, ahead);
      this.#byTask.set(task, { dueAt, level: task.level });
    }
  }

  /** It stands somewhere else now: counts anew from the next look. */
  forget(task: Task): void {
    this.#byTask.delete(task);
  }

  turn(task: Task, polls: number, slack: number): void {
    const deadline = this.#byTask.get(task);
    this.#byTask.delete(task);
    if (deadline === undefined) return;
    expect(polls).toBeLessThanOrEqual(deadline.dueAt + slack);
  }

  /** Nobody may be overdue who has not had a turn at all. */
  expectNobodyOverdue(polls: number): void {
    for (const { dueAt } of this.#byTask.values()) {
      if (dueAt < polls) expect(dueAt).toBeGreaterThanOrEqual(polls);
    }
  }
}

/** Tells where each poll begins. */
class Turns extends RuntimeObserver {
  readonly #begin: (task: Task) => void;

  constructor(begin: (task: Task) => void) {
    super();
    this.#begin = begin;
  }

  override pollStarted(task: Task): void {
    this.#begin(task);
  }
}

test("no ready task waits longer than the stated number of polls, whatever the others do", () => {
  fc.assert(
    fc.property(actors, (cast) => {
      const play = new Play(cast);
      const { executor } = play.probe;
      const deadlines = new Deadlines(play.tasks);
      play.onMove = (task) => deadlines.forget(task);
      executor.observer = new Turns((task) => deadlines.turn(task, executor.counters.polls + 1, 0));
      for (let ran = 1; ran > 0 && executor.counters.polls < 400;) {
        deadlines.look(executor.counters.polls);
        deadlines.expectNobodyOverdue(executor.counters.polls);
        ran = executor.run(1);
      }
    }),
    { numRuns: 200 },
  );
});

test("and where light tasks are delivered together, no longer than one batch more", () => {
  fc.assert(
    fc.property(actors, fc.integer({ min: 16, max: 128 }), (cast, pollsPerRun) => {
      const play = new Play(cast);
      const { executor } = play.probe;
      const deadlines = new Deadlines(play.tasks);
      play.onMove = (task) => deadlines.forget(task);
      play.onTurn = (task) => deadlines.turn(task, executor.counters.polls, BATCH + pollsPerRun);
      for (let ran = 1; ran > 0 && executor.counters.polls < 2000;) {
        deadlines.look(executor.counters.polls);
        ran = executor.run(pollsPerRun);
      }
    }),
    { numRuns: 100 },
  );
});

test("the bound is reached: it is not stated larger than it must be", () => {
  const probe = new ExecutorProbe();
  const waits: Record<string, number> = {};
  for (const priority of ["high", "high", "high", "normal", "low"] as const) {
    probe.spawn(
      async () => {
        for (;;) await yieldNow();
      },
      priority,
      priority,
    );
  }
  const last = new Map<string, number>();
  probe.executor.observer = new Turns(({ name }) => {
    const { polls } = probe.executor.counters;
    waits[name] = Math.max(waits[name] ?? 0, polls - (last.get(name) ?? 0));
    last.set(name, polls);
  });
  probe.executor.run(2000);
  expect(waits).toMatchObject({ normal: pollsMax(1, 0), low: pollsMax(2, 0) });
});

test("a flood of urgent tasks leaves the others their share of the polls", () => {
  const probe = new ExecutorProbe();
  const flood = (priority: Priority): Task[] =>
    Array.from({ length: 500 }, () =>
      probe.spawn(async () => {
        for (;;) await yieldNow();
      }, priority),
    );
  const [high, normal, low] = [flood("high"), flood("normal"), flood("low")];
  probe.executor.run(100_000);
  const share = (tasks: readonly Task[]): number =>
    tasks.reduce((polls, task) => polls + task.polls, 0) / 100_000;
  expect(share(low)).toBeCloseTo(1 / (LOW_PASSED_MAX + 1), 3);
  expect(share(normal)).toBeCloseTo((1 - share(low)) / (NORMAL_PASSED_MAX + 1), 3);
  expect(share(high) + share(normal) + share(low)).toBe(1);
  const polls = low.map((task) => task.polls);
  expect(Math.max(...polls) - Math.min(...polls)).toBeLessThanOrEqual(1);
});
