const CAPACITY_MIN = 8;

/** A first-in-first-out queue in a ring that doubles when it is full; nothing is shifted. */
export class Ring<T> {
  #slots: (T | undefined)[] = [];
  #mask: number = -1;
  #head: number = 0;
  length: number = 0;

  push(value: T): void {
    if (this.length > this.#mask) this.#grow();
    this.#slots[(this.#head + this.length) & this.#mask] = value;
    this.length++;
  }

  /** Takes the oldest value; undefined when there is none. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const value = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.length--;
    return value;
  }

  clear(): void {
    this.#slots = [];
    this.#mask = -1;
    this.#head = 0;
    this.length = 0;
  }

  #grow(): void {
    const capacity = Math.max(CAPACITY_MIN, this.#slots.length * 2);
    const slots: (T | undefined)[] = Array.from({ length: capacity }, () => undefined);
    for (let i = 0; i < this.length; i++) slots[i] = this.#slots[(this.#head + i) & this.#mask];
    this.#slots = slots;
    this.#mask = capacity - 1;
    this.#head = 0;
  }
}
