import { describeSite } from "../spawn-site.ts";
import type { Task } from "../task.ts";

export const STALL_WARNING = "BasculeStallWarning";

/**
 * A single poll of a task took longer than `RuntimeOptions.stallMs`: nothing else of the program
 * ran meanwhile, or in a `blockOn` nothing of Bun's. Reaches the process as a warning
 * (`process.on("warning")`).
 */
export class StallWarning extends Error {
  override readonly name: string = STALL_WARNING;
  readonly code: string = "BASCULE_STALL";
  /** Name of the task; `root` for code outside all tasks. */
  readonly task: string;
  readonly durationMs: number;
  /** Where the task was spawned, as a line of a stack trace; empty when it is not known. */
  readonly spawnSite: string;

  /** @param hasBlocked whether it has called `blockOn`, in which others run */
  constructor(task: Task, durationMs: number, limitMs: number, hasBlocked: boolean) {
    const spawnSite = describeSite(task.site);
    const verb = hasBlocked ? "blocked" : "ran";
    const harm = hasBlocked
      ? "nothing of Bun's ran meanwhile. Await instead of calling blockOn"
      : "nothing else ran meanwhile. Await yieldNow() within long work";
    super(
      `Task "${task.name}" ${verb} for ${durationMs.toFixed(1)} ms in one poll, over ` +
        `${limitMs} ms${spawnSite === "" ? "" : ` (spawned at ${spawnSite})`}: ${harm}`,
    );
    this.task = task.name;
    this.durationMs = durationMs;
    this.spawnSite = spawnSite;
  }
}
