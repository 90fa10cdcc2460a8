import { describeThrown } from "./describe.ts";
import { NondeterminismError, SimulationError } from "./errors.ts";
import { checkBody, checkOptions, DECISIONS, FLAG, type Rule, SEED } from "./rules.ts";
import { type Body, type Outcome, runOnce, WORLD_RULES, type WorldOptions } from "./run.ts";

/** Options of {@link simulate}. */
export interface SimulateOptions extends WorldOptions {
  /** Everything that happens follows from it; 0. */
  seed?: number;
  /** Decisions to repeat, as a {@link SimulationError} has them; all others are calm. */
  replay?: SimulationError["replay"];
  /** Run twice, and fail where the second run takes another course. */
  verify?: boolean;
}

const RULES: Readonly<Record<keyof SimulateOptions, Rule>> = {
  ...WORLD_RULES,
  seed: SEED,
  replay: DECISIONS,
  verify: FLAG,
};

/**
 * Runs a program in a simulated world: several hosts with a network between them, files, and a
 * clock that jumps whenever everybody waits. `body` and what it starts use `@bascule/net`, `fs`,
 * `sync` and timers as ever; so do libraries that ask `Date`, `Math.random` or `setTimeout`.
 *
 * It runs to its end before this returns. Then what still runs on the hosts is ended, and every
 * descriptor and buffer must have come back.
 *
 * @returns what `body` returned
 * @throws (rejects) SimulationError with the seed, a trace and the cause: what `body` threw, a task
 *   that failed unheard, a broken invariant, a SimulationStuckError when nothing can happen any
 *   more; NondeterminismError with `verify`; RangeError for options that make no sense
 * @example
 * ```ts
 * import { sleep } from "@bascule/core";
 * import { simulate } from "@bascule/sim";
 * const elapsedMs = await simulate({ seed: 7 }, async (world) => {
 *   await sleep(86_400_000);
 *   return world.nowMs;
 * });
 * if (elapsedMs < 86_400_000) throw new Error("a day was shorter");
 * ```
 */
export async function simulate<T>(options: SimulateOptions, body: Body<T>): Promise<T> {
  checkOptions(options, RULES);
  checkBody(body);
  const seed = options.seed ?? 0;
  const replay = options.replay === undefined ? null : new Map(options.replay);
  const outcome = runOnce(options, seed, replay, body);
  if (options.verify === true) verify(seed, outcome, runOnce(options, seed, replay, body));
  if (outcome.failure !== null) throw failureOf(seed, outcome, outcome.failure.cause);
  return outcome.value as T;
}

/** @throws NondeterminismError where the second run took another course, or ended otherwise */
export function verify<T>(seed: number, first: Outcome<T>, second: Outcome<T>): void {
  const difference = first.trace.difference(second.trace);
  const endings = [endingOf(first), endingOf(second)];
  const isSameEnd = endings[0] === endings[1];
  if (difference === null && isSameEnd) return;
  const ends = isSameEnd ? "" : ` The first run ${endings[0]}, the second ${endings[1]}.`;
  const parting = difference === null ? "" : ` They part here:\n${difference}`;
  throw new NondeterminismError(
    `Seed ${seed} took two courses: something in the program does not come from the simulation.` +
      `${ends}${parting}`,
  );
}

/** How a run ended, in words. Of what it returned only a primitive can be compared. */
function endingOf<T>({ failure, value }: Outcome<T>): string {
  if (failure !== null) return `failed with ${describeThrown(failure.cause)}`;
  const isPrimitive = value === null || (typeof value !== "object" && typeof value !== "function");
  return isPrimitive
    ? `returned ${typeof value === "string" ? `"${value}"` : String(value)}`
    : "ended well";
}

/** A failed run as an error. */
export function failureOf<T>(seed: number, outcome: Outcome<T>, cause: unknown): SimulationError {
  const { trace, decisions, deviations } = outcome;
  return new SimulationError(
    { seed, replay: [...deviations], decisions, trace: trace.tail() },
    cause,
  );
}
