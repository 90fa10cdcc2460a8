import { describeThrown } from "./describe.ts";

/** A simulated host is down, or went down while something was under way on it. */
export class HostCrashedError extends Error {
  override readonly name: string = "HostCrashedError";
  readonly code: string = "ERR_BASCULE_HOST_CRASHED";
}

/** Nothing in the world can happen any more, and the simulated program has not ended. */
export class SimulationStuckError extends Error {
  override readonly name: string = "SimulationStuckError";
  readonly code: string = "ERR_BASCULE_SIMULATION_STUCK";
}

/** The same seed took two courses: something in the program does not come from the simulation. */
export class NondeterminismError extends Error {
  override readonly name: string = "NondeterminismError";
  readonly code: string = "ERR_BASCULE_NONDETERMINISM";
}

/** What a {@link SimulationError} tells beside its cause. */
export interface SimulationFailure {
  readonly seed: number;
  /** Decisions that were not the calm ones; repeats the run when passed as `replay`. */
  readonly replay: readonly (readonly [decision: number, choice: number])[];
  /** How many decisions there were in all. */
  readonly decisions: number;
  /** What happened, line by line. */
  readonly trace: string;
}

/**
 * A simulated run failed. `cause` is what was thrown; the message has it, the seed that replays it
 * and the end of the trace.
 */
export class SimulationError extends Error {
  override readonly name: string = "SimulationError";
  readonly code: string = "ERR_BASCULE_SIMULATION";
  readonly seed: number;
  readonly #failure: SimulationFailure;

  constructor(failure: SimulationFailure, cause: unknown) {
    const { seed, replay, decisions, trace } = failure;
    super(
      `Simulation failed with seed ${seed}: ${describeThrown(cause)}\n` +
        `(${replay.length} of ${decisions} decisions were not the calm ones)\n${trace}`,
      { cause },
    );
    this.seed = seed;
    this.#failure = failure;
  }

  /** What repeats the run, as `simulate({ seed, replay })`. */
  get replay(): SimulationFailure["replay"] {
    return this.#failure.replay;
  }

  /** What happened, line by line. */
  get trace(): string {
    return this.#failure.trace;
  }
}
