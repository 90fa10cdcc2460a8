import { Runtime, type Task, type WaitOptions, yieldNow } from "@bascule/core";
import { Choices } from "./choices.ts";
import { type Call, isLinearizable, type Model, type Program, type Record } from "./model.ts";

/** A primitive under test, made anew for each run. */
export interface Subject {
  /** Makes a call of the program. What it gives back or throws is compared with the model. */
  perform(call: Call, task: number, options?: WaitOptions): unknown;
}

const GIVEN_UP = new Error("Given up");
const POLLS_MAX = 1000;

/**
 * Runs every program in every order in which its tasks can be polled, the abort at every point, and
 * compares what the calls gave with the model.
 * @returns how many runs there were
 * @throws Error with the program, the order and the history of the first run that differs
 */
export function explore<State>(
  programs: Iterable<Program>,
  make: () => Subject,
  model: Model<State>,
): number {
  const runtime = Runtime.current();
  using _driving = runtime.drive();
  let runs = 0;
  for (const program of programs) {
    const choices = new Choices();
    do {
      const records = run(runtime, program, make(), choices);
      if (!isLinearizable(records, model)) throw difference(program, choices, records);
      runs++;
    } while (choices.advance());
  }
  return runs;
}

function run(runtime: Runtime, program: Program, subject: Subject, choices: Choices): Record[] {
  const { executor } = runtime.loop;
  const records: Record[] = [];
  const tasks = begin(runtime, program, subject, records);
  executor.schedule = { pick: (ready) => choices.choose(ready.length) };
  try {
    executor.run(POLLS_MAX);
  } finally {
    executor.schedule = null;
  }
  if (executor.readyCount > 0) throw new Error(`Not over after ${POLLS_MAX} polls`);
  const result = records.map((record) => Object.assign({}, record));
  for (const task of tasks) task.context.abort(GIVEN_UP);
  executor.run(POLLS_MAX);
  return result;
}

function begin(
  runtime: Runtime,
  { tasks, aborted }: Program,
  subject: Subject,
  records: Record[],
): Task[] {
  // Without a spawn site, which would cost as much as all the rest of a run.
  const spawn = (work: () => unknown): Task => runtime.spawnTask(work, undefined, null);
  const controller = aborted === null ? null : new AbortController();
  let events = 0;
  const perform = async (call: Call, task: number, options?: WaitOptions): Promise<void> => {
    const invokedAt = events++;
    const record: Record = { task, call, invokedAt, returnedAt: Infinity, outcome: null };
    records.push(record);
    try {
      record.outcome = String(await subject.perform(call, task, options));
    } catch (error) {
      record.outcome = error === GIVEN_UP ? "aborted" : (error as Error).name;
    }
    record.returnedAt = events++;
  };
  const spawned = tasks.map((calls, task) =>
    spawn(async () => {
      for (const [index, call] of calls.entries()) {
        // So that others may come between any two calls.
        if (index > 0) await yieldNow();
        const isAborted = aborted?.task === task && aborted.index === index;
        const options =
          isAborted && controller !== null ? { signal: controller.signal } : undefined;
        await perform(call, task, options);
      }
    }),
  );
  if (controller !== null) spawned.push(spawn(() => controller.abort(GIVEN_UP)));
  return spawned;
}

function difference(program: Program, choices: Choices, records: readonly Record[]): Error {
  const { tasks, aborted } = program;
  const lines = tasks.map((calls, task) => `  task ${task}: ${calls.map(describe).join(", ")}`);
  const abort = aborted === null ? "" : `, call ${aborted.index} of task ${aborted.task} aborted`;
  const history = records.map(
    ({ task, call, invokedAt, returnedAt, outcome }) =>
      `  ${invokedAt}-${returnedAt} task ${task}: ${describe(call)} = ${outcome ?? "waits"}`,
  );
  return new Error(
    `No order of the calls explains what they gave${abort}, ` +
      `polled in the order ${choices.path}:\n` +
      [...lines, " history:", ...history].join("\n"),
  );
}

function describe({ name, argument }: Call): string {
  return `${name}(${argument})`;
}
