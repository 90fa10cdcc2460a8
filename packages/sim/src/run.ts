import { liveRuntimes } from "@bascule/core";
import type { Deviations } from "./choices.ts";
import { FAULT_OPTIONS, type FaultOptions, resolveFaults } from "./faults.ts";
import { Globals } from "./globals.ts";
import { HOST_NAMES, type Rule, wholeFrom } from "./rules.ts";
import type { Trace } from "./trace.ts";
import { World } from "./world.ts";

const ROUNDS_MAX = 1_000_000;

/** What every way of running a simulation takes. */
export interface WorldOptions {
  /** Hosts beside the world's own, by name. */
  hosts?: readonly string[];
  /**
   * What may go wrong: `benign` (the default: other orders, other times, short counts), `all`,
   * `none`, or the faults that are wanted.
   */
  faults?: FaultOptions;
  /**
   * After so many rounds a run that has not ended fails; a million. A round is a turn of a host,
   * what happens by itself at one moment, such as a packet or a timer of Bun's, or the time that
   * passes until the next.
   */
  roundsMax?: number;
}

export const WORLD_RULES: Readonly<Record<keyof WorldOptions, Rule>> = {
  hosts: HOST_NAMES,
  faults: FAULT_OPTIONS,
  roundsMax: wholeFrom(1),
};

/** How one run came out. */
export interface Outcome<T> {
  readonly value: T | undefined;
  /** What went wrong; null when nothing did. */
  readonly failure: { readonly cause: unknown } | null;
  readonly trace: Trace;
  /** How many decisions there were. */
  readonly decisions: number;
  /** Those that were not calm. */
  readonly deviations: Map<number, number>;
}

/** The simulated program: it runs on the world's own host. */
export type Body<T> = (world: World) => T | PromiseLike<T>;

/**
 * Runs a world to its end, synchronously. Whatever else runs in this thread rests meanwhile: it
 * would go by the world's time, and wait for turns of a loop that ends with the world.
 */
export function runOnce<T>(
  options: WorldOptions,
  seed: number,
  replay: Deviations | null,
  body: Body<T>,
): Outcome<T> {
  const { hosts = [], faults = "benign", roundsMax = ROUNDS_MAX } = options;
  const beside = liveRuntimes();
  const world = new World({ seed, replay, faults: resolveFaults(faults), hosts, roundsMax });
  let value: T | undefined;
  let failure: Outcome<T>["failure"] = null;
  const resting: Disposable[] = [];
  const globals = new Globals();
  try {
    for (const runtime of beside) resting.push(runtime.drive());
    globals.replace(world.state, seed);
    world.run(async () => {
      value = await body(world);
    });
  } catch (cause) {
    failure = { cause };
  } finally {
    globals[Symbol.dispose]();
    world.discard();
    for (const each of resting) each[Symbol.dispose]();
  }
  const { choices } = world.state;
  return {
    value,
    failure,
    trace: world.trace,
    decisions: choices.taken.length,
    get deviations() {
      return choices.deviations;
    },
  };
}
