import { contextStorage } from "./context.ts";
import type { TaskInfo } from "./task.ts";

/** The task that the running code belongs to; undefined outside every task. */
export function currentTask(): TaskInfo | undefined {
  const task = contextStorage.getStore()?.task;
  return task === undefined || task.id === 0 ? undefined : task;
}
