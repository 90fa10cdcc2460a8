import type fc from "fast-check";
import type { Lane } from "./lane.ts";

/** What a step comes to that cannot be taken where the program is. */
export const SKIPPED = "skipped";

type Numbers = readonly fc.Arbitrary<number>[];
type Values<N extends Numbers> = { -readonly [K in keyof N]: number };

/** One row of a table of commands. */
export interface Command {
  /** What programs know it by. */
  readonly name: string;
  /** How often it comes beside the others of its table. */
  readonly weight: number;
  /** What it is told: which connection or file, how many bytes, when to abort. */
  readonly numbers: Numbers;
  /** What it does. What it gives must be the same on every driver. */
  readonly run: (lane: Lane, ...numbers: number[]) => unknown;
}

export function command<const N extends Numbers>(
  name: string,
  weight: number,
  numbers: N,
  run: (lane: Lane, ...values: Values<N>) => unknown,
): Command {
  return {
    name,
    weight,
    numbers,
    run: (lane, ...values) => run(lane, ...(values as Values<N>)),
  };
}
