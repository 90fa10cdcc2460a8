import { expect, test } from "bun:test";
import { ExecutorProbe } from "../test/executor-probe.ts";
import { Source } from "../test/signal-wait.ts";
import { DELIVERIES_PER_POLL } from "./executor.ts";
import {
  FULFILLED,
  type Priority,
  REJECTED,
  RUNNING,
  SPENT_POLLS_MAX,
  TASK_BUDGET,
} from "./task.ts";
import { spendBudget } from "./wait.ts";
import { yieldNow } from "./yield-now.ts";

async function yieldForEver(probe: ExecutorProbe, name: string): Promise<void> {
  for (;;) {
    probe.log.push(name);
    await yieldNow();
  }
}

test("spawning runs nothing: the work begins in the task's first poll", () => {
  const probe = new ExecutorProbe();
  const task = probe.spawn(() => probe.log.push("began"));
  expect([probe.log.length, probe.scheduled, probe.executor.readyCount]).toEqual([0, 1, 1]);
  expect(probe.executor.run(10)).toBe(1);
  expect(probe.log).toEqual(["began"]);
  expect(task.state).toBe(FULFILLED);
});

test("tasks of one priority take turns in the order in which they became ready", () => {
  const probe = new ExecutorProbe();
  for (const name of ["a", "b", "c"]) probe.spawn(() => yieldForEver(probe, name));
  probe.executor.run(7);
  expect(probe.log.join("")).toBe("abcabca");
});

test("a run stops after the given number of polls and leaves the rest queued", () => {
  const probe = new ExecutorProbe();
  for (let i = 0; i < 5; i++) probe.spawn(() => undefined);
  expect(probe.executor.run(3)).toBe(3);
  expect(probe.executor.readyCount).toBe(2);
  expect(probe.executor.run(10)).toBe(2);
});

test("one poll delivers what was ready when it began, and nothing more", () => {
  const probe = new ExecutorProbe();
  const source = new Source();
  probe.spawn(async () => {
    source.put(await source.wait().promise);
    probe.log.push(`${await source.wait().promise}`);
  });
  probe.executor.run(1);
  source.put(1);
  probe.executor.run(1);
  expect(probe.log).toEqual([]);
  probe.executor.run(1);
  expect(probe.log).toEqual(["1"]);
});

test("each of several waits that are ready at once is followed by its microtasks", () => {
  const probe = new ExecutorProbe();
  const source = new Source();
  probe.spawn(async () => {
    const follow = async (name: string): Promise<void> => {
      probe.log.push(`${name}${await source.wait().promise}`);
      await null;
      probe.log.push(`${name}'`);
    };
    await Promise.all([follow("x"), follow("y")]);
  });
  probe.executor.run(1);
  source.values.push(1, 2);
  for (const wait of source.waits) wait.wake();
  expect(probe.executor.run(9)).toBe(1);
  expect(probe.log).toEqual(["x1", "x'", "y2", "y'"]);
});

test("more urgent tasks go first", () => {
  const probe = new ExecutorProbe();
  for (const priority of ["low", "normal", "high"] as const) {
    probe.spawn(() => probe.log.push(priority), priority);
  }
  probe.executor.run(3);
  expect(probe.log).toEqual(["high", "normal", "low"]);
});

/** The longest stretch of polls in which `name` did not run, out of so many. */
function longestGap(probe: ExecutorProbe, name: string, polls: number): number {
  probe.executor.run(polls);
  let longest = 0;
  let last = -1;
  for (const [index, each] of probe.log.entries()) {
    if (each !== name) continue;
    longest = Math.max(longest, index - last);
    last = index;
  }
  return Math.max(longest, probe.log.length - last);
}

test("ageing: a normal task runs at least every 10 polls beside a flood of urgent ones", () => {
  const probe = new ExecutorProbe();
  for (let i = 0; i < 20; i++) probe.spawn(() => yieldForEver(probe, "high"), "high");
  probe.spawn(() => yieldForEver(probe, "normal"), "normal");
  expect(longestGap(probe, "normal", 2000)).toBeLessThanOrEqual(10);
});

test("ageing: a low task runs at least every 34 polls beside both others", () => {
  const probe = new ExecutorProbe();
  for (let i = 0; i < 5; i++) probe.spawn(() => yieldForEver(probe, "high"), "high");
  for (let i = 0; i < 5; i++) probe.spawn(() => yieldForEver(probe, "normal"), "normal");
  probe.spawn(() => yieldForEver(probe, "low"), "low");
  expect(longestGap(probe, "low", 5000)).toBeLessThanOrEqual(34);
});

test("a priority that changes while the task waits for its turn counts at once", () => {
  const probe = new ExecutorProbe();
  const urgent = probe.spawn(() => probe.log.push("urgent"), "low");
  for (let i = 0; i < 3; i++) probe.spawn(() => probe.log.push("normal"));
  urgent.priority = "high";
  probe.executor.run(2);
  expect(probe.log).toEqual(["urgent", "normal"]);
  expect(probe.runAll()).toBe(2);
});

test("a priority that changes while the task runs counts from its next turn", () => {
  const probe = new ExecutorProbe();
  const task = probe.spawn(() => yieldForEver(probe, "x"), "low");
  for (let i = 0; i < 3; i++) probe.spawn(() => yieldForEver(probe, "-"), "normal");
  probe.executor.run(34);
  probe.log.length = 0;
  task.priority = "high";
  probe.executor.run(34);
  const before = probe.log.indexOf("x");
  probe.executor.run(5);
  expect(before).toBeGreaterThanOrEqual(0);
  expect(probe.log.slice(before + 1, before + 5).join("")).toBe("xxxx");
});

test("an unknown priority is refused at spawn and at change", () => {
  const probe = new ExecutorProbe();
  const bad = "urgent" as Priority;
  expect(() => probe.spawn(() => undefined, bad)).toThrow(
    'Cannot spawn with priority "urgent": use "high", "normal" or "low"',
  );
  const task = probe.spawn(() => undefined);
  expect(() => (task.priority = bad)).toThrow('Cannot set priority "urgent"');
  expect(task.priority).toBe("normal");
});

test("a task that takes ready things at once is stopped when its budget is spent", () => {
  const probe = new ExecutorProbe();
  let taken = 0;
  probe.spawn(async () => {
    for (;;) {
      while (spendBudget()) taken++;
      await yieldNow();
    }
  });
  probe.executor.run(1);
  expect(taken).toBe(TASK_BUDGET);
  probe.executor.run(1);
  expect(taken).toBe(2 * TASK_BUDGET);
});

test("a task that keeps burning whole budgets sinks, and rises once it waits", () => {
  const probe = new ExecutorProbe();
  let greedy = true;
  const task = probe.spawn(async () => {
    for (;;) {
      while (greedy && spendBudget());
      await yieldNow();
    }
  });
  probe.executor.run(5);
  expect(task.level).toBe(2);
  expect(task.priority).toBe("normal");
  greedy = false;
  probe.executor.run(2);
  expect(task.level).toBe(1);
});

test("a task that has sunk is as urgent as before when it is woken from a wait", () => {
  const probe = new ExecutorProbe();
  const source = new Source();
  let burning = true;
  const task = probe.spawn(async () => {
    for (;;) {
      while (burning && spendBudget());
      if (burning) await yieldNow();
      else await source.wait().promise;
      probe.log.push("woken");
    }
  }, "high");
  probe.executor.run(1 + 2 * SPENT_POLLS_MAX);
  expect(task.level).toBe(2);
  burning = false;
  probe.executor.run(1);
  for (let i = 0; i < 3; i++) probe.spawn(() => probe.log.push("other"));
  probe.log.length = 0;
  source.put(1);
  expect(task.level).toBe(0);
  probe.executor.run(1);
  expect(probe.log).toEqual(["woken"]);
  burning = true;
  source.put(1);
  probe.executor.run(7);
  expect(task.level).toBe(1);
});

test("one poll delivers so many waits of one task, and the rest after others had a turn", () => {
  const probe = new ExecutorProbe();
  const source = new Source();
  let delivered = 0;
  probe.spawn(async () => {
    const one = (): Promise<unknown> => source.wait().promise.then(() => delivered++);
    await Promise.all(Array.from({ length: 2 * DELIVERIES_PER_POLL + 1 }, one));
  });
  probe.executor.run(1);
  const waits = [...source.waits];
  source.values.push(...waits.keys());
  for (const wait of waits) wait.wake();
  probe.spawn(() => probe.log.push(`other after ${delivered}`));
  probe.executor.run(1);
  expect(delivered).toBe(DELIVERIES_PER_POLL);
  expect(probe.runAll()).toBe(3);
  expect(delivered).toBe(2 * DELIVERIES_PER_POLL + 1);
  expect(probe.log).toEqual([`other after ${DELIVERIES_PER_POLL}`]);
});

test("the end of a task is told to its joiners and to nobody twice", () => {
  const probe = new ExecutorProbe();
  const ends: string[] = [];
  const task = probe.spawn(() => "done");
  task.onEnd = (ended) => ends.push(String(ended.value));
  probe.runAll();
  expect(ends).toEqual(["done"]);
  expect([probe.executor.live.size, probe.executor.referencedTasks]).toEqual([0, 0]);
  expect(probe.executor.counters.finished).toBe(1);
});

test("work that throws synchronously fails the task, not the executor", () => {
  const probe = new ExecutorProbe();
  const error = new Error("at once");
  const task = probe.spawn(() => {
    throw error;
  });
  task.failureSeen = true;
  probe.runAll();
  expect([task.state, task.value]).toEqual([REJECTED, error]);
});

test("a task that was aborted before its first poll never begins", () => {
  const probe = new ExecutorProbe();
  const task = probe.spawn(() => probe.log.push("began"));
  task.context.abort("enough");
  probe.runAll();
  expect(probe.log).toEqual([]);
  expect([task.state, task.value]).toEqual([REJECTED, "enough"]);
});

test("ten thousand tasks that yield are each polled equally often", () => {
  const probe = new ExecutorProbe();
  const tasks = Array.from({ length: 10_000 }, () =>
    probe.spawn(async () => {
      for (let i = 0; i < 5; i++) await yieldNow();
    }),
  );
  expect(probe.runAll()).toBe(60_000);
  expect(tasks.every((task) => task.polls === 6 && task.state !== RUNNING)).toBe(true);
});
