import type { Task } from "./task.ts";

/**
 * Finds out whether a task can only go on when something that is not Bascule's happens: a task that
 * waits for nothing of ours, although it has not ended, or one that waits for such tasks alone.
 * @returns the task that waits for something foreign; null when an operation, a timer or another
 *   event may get things going
 */
export function foreignHold(task: Task): Task | null {
  const seen: Set<Task> = new Set([task]);
  let held: Task | null = null;
  for (const each of seen) {
    let waits = 0;
    let isForEvent = false;
    each.context.visitWaits((wait) => {
      waits++;
      if (!wait.isForTask) isForEvent = true;
      for (const awaited of wait.awaitedTasks) seen.add(awaited);
    });
    if (isForEvent || each.readyLength > 0) return null;
    if (waits === 0) held ??= each;
  }
  return held;
}
