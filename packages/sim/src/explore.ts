import { check, checkBody, checkOptions, type Rule, SEED, wholeFrom } from "./rules.ts";
import { type Body, runOnce, WORLD_RULES, type WorldOptions } from "./run.ts";
import { shrink } from "./shrink.ts";
import { failureOf, verify } from "./simulate.ts";

/** How often Bun's own loop has its turn between runs, so that time limits of tests hold. */
const BREATHE_EVERY_MS = 50;

/** Options of {@link explore}. */
export interface ExploreOptions extends WorldOptions {
  /** How many seeds. */
  seeds: number;
  /** The first of them; 0. */
  from?: number;
  /** Every so manieth seed runs twice, to find what does not come from the seed; 100. */
  verifyEvery?: number;
  /** How often a failing run may be repeated to make it shorter; 300. */
  shrinkRuns?: number;
}

const RULES: Readonly<Record<keyof ExploreOptions, Rule>> = {
  ...WORLD_RULES,
  seeds: wholeFrom(1),
  from: SEED,
  verifyEvery: wholeFrom(1),
  shrinkRuns: wholeFrom(0),
};

/** What {@link explore} has looked at. */
export interface Exploration {
  readonly runs: number;
  /** Decisions of all runs together. */
  readonly decisions: number;
}

/**
 * Runs a program in one simulated world for each of many seeds. The first that fails is shrunk: the
 * same failure with as few decisions as possible that are not calm. See `simulate` for what a run
 * is.
 *
 * @throws (rejects) SimulationError with the seed and what replays the shrunk run;
 *   NondeterminismError when a seed took two courses; RangeError for options that make no sense
 * @example
 * ```ts
 * import { yieldNow } from "@bascule/core";
 * import { explore } from "@bascule/sim";
 * let sum = 0;
 * const error = await explore({ seeds: 100 }, async (world) => {
 *   let shared = 0;
 *   const add = async () => {
 *     const read = shared;
 *     await yieldNow();
 *     shared = read + 1; // somebody else may have added meanwhile
 *   };
 *   const host = world.host("world");
 *   await Promise.all([host.spawn(add), host.spawn(add)]);
 *   if (shared !== 2) throw new Error("an addition was lost");
 * }).catch((reason) => reason);
 * if (!/an addition was lost/.test(error.message)) throw error;
 * ```
 */
export async function explore<T>(options: ExploreOptions, body: Body<T>): Promise<Exploration> {
  checkOptions(options, RULES);
  check("use seeds", options.seeds, RULES.seeds);
  const { seeds, from = 0, verifyEvery = 100, shrinkRuns = 300 } = options;
  check("use a last seed of", from + seeds - 1, SEED);
  checkBody(body);
  let decisions = 0;
  let breathedMs = performance.now();
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = runOnce(options, seed, null, body);
    decisions += outcome.decisions;
    if ((seed - from) % verifyEvery === 0) {
      verify(seed, outcome, runOnce(options, seed, null, body));
    }
    if (outcome.failure !== null) {
      const again = runOnce(options, seed, null, body);
      verify(seed, outcome, again);
      const shortest = shrink(
        outcome,
        (replay) => runOnce(options, seed, replay, body),
        shrinkRuns,
      );
      throw failureOf(seed, shortest, shortest.failure?.cause);
    }
    if (performance.now() - breathedMs > BREATHE_EVERY_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      breathedMs = performance.now();
    }
  }
  return { runs: seeds, decisions };
}
