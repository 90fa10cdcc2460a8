import { expect, test } from "bun:test";
import fc from "fast-check";
import { FakeRuntime } from "../test/fake-driver.ts";
import { type Program, programs, type Step, StructuredRun } from "../test/structured-program.ts";
import type { Schedule } from "./schedule.ts";
import { spawn } from "./spawn.ts";
import { yieldNow } from "./yield-now.ts";

/** Picks at random, from a seed: any order of ready tasks is possible. */
function randomOrder(seed: number): Schedule {
  let state = seed | 1;
  return {
    pick: (ready) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * ready.length);
    },
  };
}

function scopeOf(children: readonly Program[], body: Program): Step {
  return { do: "scope", children, body, cancelAfter: null, hasDeadline: false };
}

/** A child is aborted because its sibling failed, and fails itself while it ends. */
const ABORTED_BY_A_FAILURE: Program = [
  scopeOf(
    [
      [{ do: "fail" }],
      [scopeOf([[{ do: "fail" }]], [{ do: "set", children: [[]], concurrency: 1 }])],
    ],
    [],
  ),
];

test("random programs of scopes, sets, shields and time-outs keep every promise", async () => {
  const seeds = fc.option(fc.integer());
  await fc.assert(
    fc.asyncProperty(programs, fc.option(fc.nat(12)), seeds, async (program, abortAfter, seed) => {
      const options = seed === null ? {} : { schedule: randomOrder(seed) };
      await using fake = new FakeRuntime(options);
      const run = new StructuredRun();
      const task = spawn(() => run.perform(program));
      const aborter = spawn(async () => {
        if (abortAfter === null) return;
        for (let i = 0; i < abortAfter; i++) await yieldNow();
        task.abort("from outside");
      });
      await task.catch(() => undefined);
      expect(run.violations).toEqual([]);
      expect(run.inside).toBe(0);
      await aborter;
      const { tasks, timers } = fake.runtime.metrics();
      expect([tasks.live, tasks.spawned - tasks.finished, timers.armed]).toEqual([0, 0, 0]);
    }),
    { numRuns: 400, examples: [[ABORTED_BY_A_FAILURE, null, 0]] },
  );
}, 60_000);
