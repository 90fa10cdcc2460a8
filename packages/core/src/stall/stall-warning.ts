import { describeSite } from "../spawn-site.ts";
import type { Task } from "../task.ts";

/**
 * A single poll of a task took longer than `RuntimeOptions.stallMs`: nothing else of the program
 * ran meanwhile. Reaches the process as a warning (`process.on("warning")`).
 */
export class StallWarning extends Error {
  override readonly name: string = "BasculeStallWarning";
  readonly code: string = "BASCULE_STALL";
  /** Name of the task; `root` for code outside all tasks. */
  readonly task: string;
  readonly durationMs: number;
  /** Where the task was spawned, as a line of a stack trace; empty when it is not known. */
  readonly spawnSite: string;

  constructor(task: Task, durationMs: number, limitMs: number) {
    const spawnSite = describeSite(task.site);
    super(
      `Task "${task.name}" ran for ${durationMs.toFixed(1)} ms in one poll, over ${limitMs} ms` +
        `${spawnSite === "" ? "" : ` (spawned at ${spawnSite})`}: nothing else ran meanwhile. ` +
        "Await yieldNow() within long work",
    );
    this.task = task.name;
    this.durationMs = durationMs;
    this.spawnSite = spawnSite;
  }
}
