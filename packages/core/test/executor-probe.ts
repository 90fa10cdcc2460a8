import { Executor } from "../src/executor.ts";
import type { Priority, Task } from "../src/task.ts";

/** An executor that a test drives poll by poll. */
export class ExecutorProbe {
  readonly executor: Executor;
  /** How often the executor asked for a turn. */
  scheduled: number = 0;
  /** What the tasks noted. */
  readonly log: string[] = [];

  constructor() {
    this.executor = new Executor({ schedule: () => void this.scheduled++ });
  }

  spawn(work: () => unknown, priority: Priority = "normal", name?: string): Task {
    return this.executor.spawn(work, name, priority, null);
  }

  /** Polls until nothing is ready. */
  runAll(): number {
    let polls = 0;
    for (let ran = 1; ran > 0; polls += ran) ran = this.executor.run(1000);
    return polls;
  }
}
