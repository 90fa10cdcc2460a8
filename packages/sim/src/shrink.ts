import type { Deviations } from "./choices.ts";
import { describeThrown } from "./describe.ts";
import type { Outcome } from "./run.ts";

/** A failure that is not short by then is told as it is. */
const SHRINK_MS_MAX = 20_000;

/**
 * Makes a failing run calmer: leaves out as many of its decisions as it can, first in large pieces,
 * while the same thing still goes wrong (delta debugging, Zeller and Hildebrandt 2002).
 * @param run repeats the run with some of its decisions
 * @param runsMax how often it may
 */
export function shrink<T>(
  first: Outcome<T>,
  run: (replay: Deviations) => Outcome<T>,
  runsMax: number,
): Outcome<T> {
  const endMs = performance.now() + SHRINK_MS_MAX;
  const isOver = (): boolean => runs >= runsMax || performance.now() > endMs;
  const symptom = symptomOf(first);
  let best = first;
  let kept = [...first.deviations];
  let runs = 0;
  const attempt = (some: typeof kept): boolean => {
    runs++;
    const outcome = run(new Map(some));
    if (symptomOf(outcome) !== symptom) return false;
    best = outcome;
    kept = some;
    return true;
  };
  if (!attempt(kept)) return first;
  for (let size = Math.ceil(kept.length / 2); size >= 1 && !isOver();) {
    let hasShrunk = false;
    for (let from = 0; from < kept.length && !isOver();) {
      const without = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (attempt(without)) hasShrunk = true;
      else from += size;
    }
    if (size === 1 && !hasShrunk) break;
    size = hasShrunk ? Math.min(size, Math.ceil(kept.length / 2)) : Math.floor(size / 2);
  }
  return best;
}

/** What went wrong, without the numbers in it; null when nothing did. */
function symptomOf<T>({ failure }: Outcome<T>): string | null {
  if (failure === null) return null;
  return describeThrown(failure.cause).replaceAll(/\d+/g, "0");
}
