import { describe, expect, test } from "bun:test";
import { ExecutorProbe } from "../test/executor-probe.ts";
import { watch } from "../test/settled.ts";
import { Source } from "../test/signal-wait.ts";
import type { Context } from "./context.ts";
import { spendBudget } from "./wait.ts";

/** A task that keeps reading from a source and notes values and failures. */
function reader(
  probe: ExecutorProbe,
  source: Source,
  signals: (AbortSignal | undefined)[],
): Context {
  const task = probe.spawn(async () => {
    for (const signal of signals) {
      try {
        probe.log.push(String(await source.wait({ signal }).promise));
      } catch (error) {
        probe.log.push(`lost: ${String(error)}`);
      }
    }
  });
  probe.executor.run(1);
  return task.context;
}

test("waking resumes nothing: the value is taken in the task's turn", () => {
  const probe = new ExecutorProbe();
  const source = new Source();
  reader(probe, source, [undefined]);
  source.put(1);
  expect([probe.log.length, source.values.length]).toEqual([0, 1]);
  probe.executor.run(1);
  expect([probe.log, source.values]).toEqual([["1"], []]);
});

test("wakes of a woken wait merge into one delivery", () => {
  const probe = new ExecutorProbe();
  const source = new Source();
  reader(probe, source, [undefined, undefined]);
  source.put(1);
  source.waits[0]?.wake();
  source.waits[0]?.wake();
  probe.runAll();
  expect(probe.log).toEqual(["1"]);
});

test("a wait that finds nothing when its turn comes waits on, and takes the next", () => {
  const probe = new ExecutorProbe();
  const source = new Source();
  reader(probe, source, [undefined]);
  source.put(1);
  source.values.length = 0;
  probe.runAll();
  expect(probe.log).toEqual([]);
  source.put(2);
  probe.runAll();
  expect(probe.log).toEqual(["2"]);
});

describe("an abort takes nothing", () => {
  test("before the wake-up", () => {
    const probe = new ExecutorProbe();
    const source = new Source();
    const controller = new AbortController();
    reader(probe, source, [controller.signal, undefined]);
    controller.abort("stop");
    expect(probe.log).toEqual([]);
    probe.executor.run(1);
    source.put(1);
    probe.runAll();
    expect(probe.log).toEqual(["lost: stop", "1"]);
  });

  test("between the wake-up and the delivery: the value stays for the next wait", () => {
    const probe = new ExecutorProbe();
    const source = new Source();
    const controller = new AbortController();
    reader(probe, source, [controller.signal, undefined]);
    source.put(1);
    controller.abort("late");
    expect(source.values).toEqual([1]);
    probe.executor.run(1);
    expect(probe.log).toEqual(["lost: late"]);
    probe.runAll();
    expect(probe.log).toEqual(["lost: late", "1"]);
  });

  test("and its wake-up goes on to the next in line", () => {
    const probe = new ExecutorProbe();
    const source = new Source();
    const controller = new AbortController();
    reader(probe, source, [controller.signal]);
    reader(probe, source, [undefined]);
    source.put(1);
    controller.abort("gone");
    probe.runAll();
    expect(probe.log.toSorted()).toEqual(["1", "lost: gone"]);
  });

  test("after the delivery it is too late: the value was received", () => {
    const probe = new ExecutorProbe();
    const source = new Source();
    const controller = new AbortController();
    reader(probe, source, [controller.signal]);
    source.put(1);
    probe.runAll();
    controller.abort();
    probe.runAll();
    expect([probe.log, source.cancelledCount]).toEqual([["1"], 0]);
  });
});

describe("what is aborted already", () => {
  test("a signal that was aborted before rejects, and asks nothing of the source", () => {
    const probe = new ExecutorProbe();
    const source = new Source();
    source.values.push(1);
    reader(probe, source, [AbortSignal.abort("before")]);
    expect([probe.log, source.waits.length]).toEqual([[], 0]);
    probe.runAll();
    expect([probe.log, source.values, source.cancelledCount]).toEqual([["lost: before"], [1], 0]);
  });

  test("an aborted task rejects each of its later waits too", () => {
    const probe = new ExecutorProbe();
    const source = new Source();
    const context = reader(probe, source, [undefined, undefined, undefined]);
    context.abort("over");
    probe.runAll();
    expect(probe.log).toEqual(["lost: over", "lost: over", "lost: over"]);
  });

  test("the first reason stays", () => {
    const probe = new ExecutorProbe();
    const source = new Source();
    const context = reader(probe, source, [undefined]);
    context.abort("first");
    context.abort("second");
    probe.runAll();
    expect([probe.log, source.cancelledCount]).toEqual([["lost: first"], 1]);
  });

  test("an aborted signal in an aborted task is queued once", () => {
    const probe = new ExecutorProbe();
    const source = new Source();
    const task = probe.spawn(async () => {
      await watchForEver(source);
      const both = watch(source.wait({ signal: AbortSignal.abort("signal") }).promise);
      const plain = watch(source.wait().promise);
      const readyLength = task.readyLength;
      await source.wait().promise.catch(() => undefined);
      probe.log.push(`${readyLength} ready`, String(both.error), String(plain.error));
    });
    probe.executor.run(1);
    task.context.abort("task");
    probe.runAll();
    expect(probe.log).toEqual(["2 ready", "signal", "task"]);
    expect(task.readyLength).toBe(0);
  });
});

function watchForEver(source: Source): Promise<unknown> {
  return source.wait().promise.catch((error: unknown) => error);
}

test("a settled wait leaves no listener behind on its signal", () => {
  const probe = new ExecutorProbe();
  const source = new Source();
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  signal.addEventListener = (...rest: Parameters<typeof add>) => {
    listeners++;
    add.apply(signal, rest);
  };
  signal.removeEventListener = (...rest: Parameters<typeof remove>) => {
    listeners--;
    remove.apply(signal, rest);
  };
  reader(probe, source, [signal, signal]);
  source.put(1);
  probe.runAll();
  expect(listeners).toBe(1);
  source.put(2);
  probe.runAll();
  expect([listeners, probe.log]).toEqual([0, ["1", "2"]]);
});

test("a poll that throws rejects the wait", () => {
  const probe = new ExecutorProbe();
  const source = new Source();
  reader(probe, source, [undefined]);
  source.values.shift = () => {
    throw new TypeError("broken source");
  };
  source.put(1);
  probe.runAll();
  expect(probe.log).toEqual(["lost: TypeError: broken source"]);
});

test("fail rejects through the queue, and only the first failure counts", () => {
  const probe = new ExecutorProbe();
  const source = new Source();
  reader(probe, source, [undefined]);
  const wait = source.waits[0];
  wait?.fail("first");
  wait?.fail("second");
  wait?.wake();
  expect(probe.log).toEqual([]);
  probe.runAll();
  expect(probe.log).toEqual(["lost: first"]);
});

test("nothing is paid for, and so nothing taken at once, under an aborted signal or task", () => {
  const probe = new ExecutorProbe();
  const answers: boolean[] = [];
  const source = new Source();
  const task = probe.spawn(async () => {
    answers.push(spendBudget(), spendBudget({ signal: AbortSignal.abort() }));
    await watchForEver(source);
    answers.push(spendBudget());
  });
  probe.executor.run(1);
  task.context.abort("over");
  probe.runAll();
  expect(answers).toEqual([true, false, false]);
});
