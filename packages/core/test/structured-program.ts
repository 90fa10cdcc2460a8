import fc from "fast-check";
import {
  currentContext,
  JoinSet,
  shield,
  sleep,
  spawn,
  TaskScope,
  timeout,
  TimeoutError,
  yieldNow,
} from "../src/index.ts";

/** A step of a random program: how tasks, scopes, sets, shields and time-outs can be nested. */
export type Step =
  | { readonly do: "yield" | "microtask"; readonly times: number }
  | { readonly do: "sleep" | "fail" }
  | { readonly do: "catch" | "shield" | "timeout" | "dispose"; readonly body: Program }
  | {
      readonly do: "scope" | "run";
      readonly children: readonly Program[];
      readonly body: Program;
      readonly cancelAfter: number | null;
      readonly hasDeadline: boolean;
    }
  | { readonly do: "set"; readonly children: readonly Program[]; readonly concurrency: number };

export type Program = readonly Step[];

/** What a step that fails throws. */
class Boom extends Error {}

const { program } = fc.letrec<{ program: Program; step: Step }>((tie) => {
  const few = fc.array(tie("program"), { maxLength: 3 });
  const times = fc.integer({ min: 1, max: 4 });
  return {
    program: fc.array(tie("step"), { maxLength: 4 }),
    step: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.record({ do: fc.constantFrom("yield" as const, "microtask" as const), times }),
      fc.record({ do: fc.constantFrom("sleep" as const, "fail" as const) }),
      fc.record({
        do: fc.constantFrom(
          "catch" as const,
          "shield" as const,
          "timeout" as const,
          "dispose" as const,
        ),
        body: tie("program"),
      }),
      fc.record({
        do: fc.constantFrom("scope" as const, "run" as const),
        children: few,
        body: tie("program"),
        cancelAfter: fc.option(fc.nat(4)),
        hasDeadline: fc.boolean(),
      }),
      fc.record({
        do: fc.constant("set" as const),
        children: few,
        concurrency: fc.integer({ min: 1, max: 3 }),
      }),
    ),
  };
});

export const programs: fc.Arbitrary<Program> = program;

/** Runs random programs and notes every promise of structured concurrency that is broken. */
export class StructuredRun {
  readonly violations: string[] = [];
  /** Bodies of tasks that have begun and not ended. */
  inside: number = 0;

  async perform(steps: Program): Promise<void> {
    for (const step of steps) await this.#perform(step);
  }

  async #perform(step: Step): Promise<void> {
    switch (step.do) {
      case "yield":
        for (let i = 0; i < step.times; i++) await this.#wait(() => yieldNow());
        return;
      case "microtask":
        for (let i = 0; i < step.times; i++) await null;
        return;
      case "sleep":
        return this.#wait(() => sleep(0));
      case "fail":
        throw new Boom();
      case "catch":
        return this.perform(step.body).catch(() => undefined);
      case "shield":
        return this.#shield(step.body);
      case "timeout":
        return this.#timeout(step.body);
      case "dispose":
        return this.#dispose(step.body);
      case "scope":
      case "run":
        return this.#scope(step);
      case "set":
        return this.#set(step.children, step.concurrency);
    }
  }

  /** No wait that begins in an aborted region may succeed. */
  async #wait(begin: () => Promise<void>): Promise<void> {
    const { aborted } = currentContext();
    await begin();
    if (aborted) this.violations.push("a wait of an aborted region succeeded");
  }

  /** The abort of what is around never shows inside. */
  async #shield(body: Program): Promise<void> {
    await shield(async () => {
      if (currentContext().aborted) this.violations.push("a shield began aborted");
      await yieldNow();
      await sleep(0);
      if (currentContext().aborted) this.violations.push("a shield was aborted");
      await this.perform(body);
    });
  }

  async #timeout(body: Program): Promise<void> {
    let given: AbortSignal | undefined;
    await timeout(0.05, async (signal) => {
      given = signal;
      await this.perform(body);
    }).catch((error: unknown) => {
      if (error instanceof TimeoutError && given?.aborted === true) return;
      throw error;
    });
  }

  async #dispose(body: Program): Promise<void> {
    const before = new Members(this);
    const handle = spawn(before.member(body));
    // It may fail, and be reported, before this task has its turn.
    const ending = shield(() => handle.catch(() => undefined));
    try {
      await yieldNow();
    } finally {
      // What a disposed task throws besides its abort is somebody else's business here.
      await handle[Symbol.asyncDispose]().catch(() => undefined);
      await ending;
      before.expectEnded("a disposed handle");
    }
  }

  async #scope(step: Extract<Step, { do: "scope" | "run" }>): Promise<void> {
    const members = new Members(this);
    const options = step.hasDeadline ? { deadlineMs: 0.05 } : {};
    const body = async (scope: TaskScope): Promise<void> => {
      for (const child of step.children) scope.spawn(members.member(child));
      if (step.cancelAfter !== null) {
        for (let i = 0; i < step.cancelAfter; i++) await yieldNow();
        scope.cancel();
      }
      await this.perform(step.body);
    };
    let thrown: unknown = null;
    try {
      if (step.do === "run") await TaskScope.run(body, options);
      else await leaveAlways(new TaskScope(options), body);
    } catch (error) {
      thrown = error;
    }
    members.expectEnded(`a scope (${step.do})`);
    members.expectTold(thrown);
    if (thrown !== null) throw thrown;
  }

  async #set(children: readonly Program[], concurrency: number): Promise<void> {
    const members = new Members(this);
    {
      await using set = new JoinSet<void>({ concurrency });
      for (const child of children) {
        await set.room();
        set.spawn(members.member(child));
        if (members.inside > concurrency) this.violations.push("more ran than the limit allows");
      }
      for (let result = null; result?.done !== true;) result = await this.#next(set);
    }
    members.expectEnded("a join set");
  }

  /** A task that failed is no reason to stop; that this one is aborted is. */
  async #next(set: JoinSet<void>): Promise<IteratorResult<void, undefined> | null> {
    try {
      return await set.next();
    } catch (error) {
      const { aborted, reason } = currentContext();
      if (aborted && error === reason) throw error;
      return null;
    }
  }
}

/** The tasks of one scope, set or handle. */
class Members {
  readonly #run: StructuredRun;
  inside: number = 0;
  readonly #booms: Set<Boom> = new Set();

  constructor(run: StructuredRun) {
    this.#run = run;
  }

  member(body: Program): () => Promise<void> {
    return async () => {
      this.inside++;
      this.#run.inside++;
      try {
        await this.#run.perform(body);
      } catch (error) {
        // That of a sibling, which it was aborted for, is no failure of its own.
        const { aborted, reason } = currentContext();
        if (error instanceof Boom && !(aborted && error === reason)) this.#booms.add(error);
        throw error;
      } finally {
        // Clean-up waits, aborted or not.
        await shield(() => yieldNow());
        this.inside--;
        this.#run.inside--;
      }
    };
  }

  expectEnded(whose: string): void {
    if (this.inside > 0) this.#run.violations.push(`${whose} left ${this.inside} tasks behind`);
  }

  /**
   * Every failure of a member is among what leaving the scope threw, and once: but a sibling that
   * was aborted because of it may have suppressed it, when it failed by itself in its clean-up.
   */
  expectTold(thrown: unknown): void {
    for (const boom of this.#booms) {
      if (!everything(thrown).includes(boom)) this.#run.violations.push("a failure was not told");
      const count = failuresIn(thrown).filter((each) => each === boom).length;
      if (count > 1) this.#run.violations.push(`a failure was told ${count} times`);
    }
  }
}

/** As `await using`, also where the block throws. */
async function leaveAlways(
  scope: TaskScope,
  body: (scope: TaskScope) => Promise<void>,
): Promise<void> {
  await using _scope = scope;
  await body(scope);
}

/** All errors that an error holds, at any depth; `cause` repeats what `errors` has. */
function everything(error: unknown): unknown[] {
  if (error instanceof SuppressedError) {
    return [...everything(error.error), ...everything(error.suppressed)];
  }
  if (error instanceof AggregateError) return error.errors.flatMap(everything);
  return [error];
}

/** The same without what was suppressed. */
function failuresIn(error: unknown): unknown[] {
  if (error instanceof SuppressedError) return failuresIn(error.error);
  if (error instanceof AggregateError) return error.errors.flatMap(failuresIn);
  return [error];
}
