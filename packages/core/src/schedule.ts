import type { TaskInfo } from "./task.ts";

/**
 * Decides which ready task is polled next, in place of the run queue's own order: for simulations
 * that permute it from a seed, and for programs that go through every order there is. Priorities
 * and budgets do not count then, every task is polled alone, and microtasks are drained after it.
 */
export interface Schedule {
  /** A round's polls begin: of a round that `blockOn` drives as well. */
  begin?(): void;
  /**
   * @param ready at least one task, in the order in which they became ready
   * @returns which one: its index; -1 to poll none of them before the driver has been turned
   */
  pick(ready: readonly TaskInfo[]): number;
}
