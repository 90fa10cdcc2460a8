import { wordsFor } from "./check.ts";
import { describeSite } from "./spawn-site.ts";
import type { Task } from "./task.ts";

/**
 * A task failed and nobody waited for it. It reaches the process as an unhandled rejection; `cause`
 * is what the task threw.
 */
export class UnhandledTaskError extends Error {
  override readonly name: string = "UnhandledTaskError";
  readonly code: string = "ERR_BASCULE_UNHANDLED_TASK";
  /** Name of the task that failed. */
  readonly task: string;
  /** Where the task was spawned, as a line of a stack trace; empty when it is not known. */
  readonly spawnSite: string;

  constructor(task: Task) {
    const spawnSite = describeSite(task.site);
    const where = spawnSite === "" ? "" : ` (spawned at ${spawnSite})`;
    const { value } = task;
    super(`Task "${task.name}" failed with nobody waiting for it: ${wordsFor(value)}${where}`, {
      cause: value,
    });
    this.task = task.name;
    this.spawnSite = spawnSite;
  }
}
