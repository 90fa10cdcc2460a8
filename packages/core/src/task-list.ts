import type { Task } from "./task.ts";

/** Tasks linked through themselves, in order of adding: adding and removing allocate nothing. */
export class TaskList implements Iterable<Task> {
  size: number = 0;
  #first: Task | null = null;
  #last: Task | null = null;

  add(task: Task): void {
    task.previousLive = this.#last;
    task.nextLive = null;
    if (this.#last === null) this.#first = task;
    else this.#last.nextLive = task;
    this.#last = task;
    this.size++;
  }

  delete(task: Task): void {
    const { previousLive: previous, nextLive: next } = task;
    if (previous === null) this.#first = next;
    else previous.nextLive = next;
    if (next === null) this.#last = previous;
    else next.previousLive = previous;
    task.previousLive = null;
    task.nextLive = null;
    this.size--;
  }

  /** In order of adding. A task that is removed meanwhile ends the walk: copy the list first. */
  *[Symbol.iterator](): Generator<Task> {
    for (let task = this.#first; task !== null; task = task.nextLive) yield task;
  }
}
