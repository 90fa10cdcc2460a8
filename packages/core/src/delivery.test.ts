import { expect, test } from "bun:test";
import { ExecutorProbe } from "../test/executor-probe.ts";
import { Source } from "../test/signal-wait.ts";
import { type PENDING, Wait } from "./wait.ts";

/** A wait whose delivery has an effect on others, as handing on a permit has. */
class EffectWait extends Wait<void> {
  readonly #effect: () => void;

  constructor(effect: () => void) {
    super(undefined);
    this.#effect = effect;
  }

  protected override poll(): void | typeof PENDING {
    this.#effect();
  }

  protected override cancelled(): void {}
}

test("a wake-up that a delivery causes in its own task is not lost", () => {
  const probe = new ExecutorProbe();
  const source = new Source();
  let first: EffectWait | null = null;
  probe.spawn(async () => {
    const second = source.wait();
    first = new EffectWait(() => source.put(7));
    await first.promise;
    probe.log.push(`then ${await second.promise}`);
  });
  probe.runAll();
  (first as EffectWait | null)?.wake();
  probe.runAll();
  expect(probe.log).toEqual(["then 7"]);
});

test("a task goes on between two of its waits, also when another task's delivery wakes it", () => {
  const probe = new ExecutorProbe();
  const [one, two] = [new Source(), new Source()];
  let other: EffectWait | null = null;
  probe.spawn(async () => {
    const aborted = two.wait();
    // The loser of a race must not have taken anything when the winner's code runs.
    const winner = one.wait().promise.then(() => probe.log.push(`${two.values.length} left`));
    await Promise.all([winner, aborted.promise]);
  });
  probe.spawn(async () => {
    other = new EffectWait(() => two.put(2));
    await other.promise;
  });
  probe.runAll();
  one.put(1);
  (other as EffectWait | null)?.wake();
  probe.runAll();
  expect(probe.log).toEqual(["1 left"]);
  expect(two.values).toEqual([]);
});

test("a region whose waits have settled in any order waits for nothing", () => {
  for (const order of [
    [1, 0, 2],
    [1, 2, 0],
    [0, 1, 2],
  ]) {
    const probe = new ExecutorProbe();
    const sources = [new Source(), new Source(), new Source()];
    const task = probe.spawn(async () => {
      await Promise.all(sources.map((source) => source.wait().promise));
    });
    probe.runAll();
    expect(task.context.isWaiting).toBe(true);
    for (const index of order) {
      sources[index]?.put(index);
      probe.runAll();
    }
    expect(task.context.isWaiting).toBe(false);
  }
});

test("an abort reaches every wait of a task, and its first reason stays", () => {
  const probe = new ExecutorProbe();
  const sources = [new Source(), new Source()];
  const task = probe.spawn(async () => {
    const waits = sources.map((source) => source.wait().promise.catch(String));
    probe.log.push(...(await Promise.all(waits)).map(String));
    probe.log.push(String(await sources[0]?.wait().promise.catch(String)));
  });
  probe.runAll();
  task.context.abort("first");
  task.context.abort("second");
  probe.runAll();
  expect(probe.log).toEqual(["first", "first", "first"]);
});
