import { median } from "../report/statistics.ts";
import type { Operation, Timing } from "./operation.ts";

const COUNT_STEP = 1000;

/** How long a measurement may be. */
export interface SampleSettings {
  readonly samples: number;
  readonly sampleMillis: number;
  /** How long the operation runs before its first sample. */
  readonly warmUpMillis: number;
}

/** Enough for the last of JavaScriptCore's compilers, which begins after some 100,000 calls. */
export const SAMPLES: SampleSettings = { samples: 7, sampleMillis: 60, warmUpMillis: 400 };
export const QUICK_SAMPLES: SampleSettings = { samples: 1, sampleMillis: 2, warmUpMillis: 6 };

/**
 * Times an operation: first until it is compiled and one sample takes long enough for the clock,
 * then several samples of that many, of which the median counts.
 *
 * The loop is our own because a library awaits every call once more, through its own promise, which
 * costs a third of what is measured here.
 */
export async function timeOperation(
  operation: Operation,
  settings: SampleSettings,
): Promise<Timing> {
  const sampleNanos = settings.sampleMillis * 1e6;
  const warmUpNanos = settings.warmUpMillis * 1e6;
  let count = COUNT_STEP;
  let nanos = await operation.run(count);
  for (let spent = nanos; spent < warmUpNanos; spent += nanos) {
    const wanted = (count * sampleNanos) / Math.max(nanos, 1);
    count = Math.max(Math.round(Math.min(wanted, count * 10) / COUNT_STEP), 1) * COUNT_STEP;
    nanos = await operation.run(count);
  }
  const perOperation: number[] = [];
  while (perOperation.length < settings.samples) {
    perOperation.push((await operation.run(count)) / count);
  }
  return { name: operation.name, nanos: median(perOperation), nanosMin: Math.min(...perOperation) };
}
