import { availableParallelism } from "node:os";

/** Options of the workers that {@link spawnBlocking} uses. */
export interface BlockingOptions {
  /**
   * The most workers at a time, which are threads with a heap of JavaScript each; as many as there
   * are processors, but 2 at least.
   */
  workersMax?: number;
  /** The most jobs that wait for a worker; 4096. */
  queueMax?: number;
  /** How long a worker waits for another job before it ends; 10 000. */
  idleMs?: number;
}

/** Every option with its value. */
export type BlockingSettings = Readonly<Required<BlockingOptions>>;

/** @throws RangeError when a number makes no sense */
export function checkBlockingOptions(options: BlockingOptions = {}): BlockingSettings {
  const workersMax = options.workersMax ?? Math.max(2, availableParallelism());
  const queueMax = options.queueMax ?? 4096;
  const idleMs = options.idleMs ?? 10_000;
  checkWhole("workersMax", workersMax, 1);
  checkWhole("queueMax", queueMax, 0);
  checkWhole("idleMs", idleMs, 0);
  return { workersMax, queueMax, idleMs };
}

function checkWhole(name: string, value: number, min: number): void {
  if (Number.isInteger(value) && value >= min && value <= 0x7fff_ffff) return;
  throw new RangeError(
    `Cannot create a runtime with blocking.${name} "${value}": pass a whole number from ${min}`,
  );
}
