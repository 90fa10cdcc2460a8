import type { Task } from "./task.ts";

const CAPACITY_MIN = 64;

/** A growable first-in-first-out ring of tasks. */
export class TaskQueue {
  #ring: (Task | null)[] = Array.from({ length: CAPACITY_MIN }, () => null);
  #mask: number = CAPACITY_MIN - 1;
  #head: number = 0;
  length: number = 0;

  push(task: Task): void {
    if (this.length > this.#mask) this.#grow();
    this.#ring[(this.#head + this.length) & this.#mask] = task;
    this.length++;
  }

  get first(): Task | null {
    return this.length === 0 ? null : (this.#ring[this.#head] ?? null);
  }

  shift(): Task | null {
    if (this.length === 0) return null;
    const task = this.#ring[this.#head] ?? null;
    this.#ring[this.#head] = null;
    this.#head = (this.#head + 1) & this.#mask;
    this.length--;
    return task;
  }

  /** Takes a task out of the middle; those behind it move up. Linear, for what happens rarely. */
  delete(task: Task): void {
    let kept = 0;
    for (let i = 0; i < this.length; i++) {
      const each = this.#ring[(this.#head + i) & this.#mask] ?? null;
      if (each !== task) this.#ring[(this.#head + kept++) & this.#mask] = each;
    }
    for (let i = kept; i < this.length; i++) this.#ring[(this.#head + i) & this.#mask] = null;
    this.length = kept;
  }

  #grow(): void {
    const capacity = (this.#mask + 1) * 2;
    const ring: (Task | null)[] = Array.from({ length: capacity }, () => null);
    for (let i = 0; i < this.length; i++)
      ring[i] = this.#ring[(this.#head + i) & this.#mask] ?? null;
    this.#ring = ring;
    this.#mask = capacity - 1;
    this.#head = 0;
  }
}
